import type { Key } from "../words";
import { base } from "./base";
import { devices } from "./devices";
import { meters } from "./meters";
import { people } from "./people";

/** Vietnamese messages. */
export const vi: Record<Key, string> = { ...base, ...devices, ...meters, ...people };
