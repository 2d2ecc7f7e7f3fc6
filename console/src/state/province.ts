import type { Province } from "../api/types";
import { Store } from "./store";

/** The province's names and places, asked for once; null until known. */
export const province = new Store<Province | null>(null);

export const FALLBACK_ZONE = "Asia/Ho_Chi_Minh";

export const timezone = (): string => province.value?.timezone ?? FALLBACK_ZONE;
