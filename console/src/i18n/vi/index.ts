import type { Key } from "../words";
import { base } from "./base";
import { meters } from "./meters";

/** Vietnamese messages. */
export const vi: Record<Key, string> = { ...base, ...meters };
