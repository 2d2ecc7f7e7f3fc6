import { base } from "./base";
import { devices } from "./devices";
import { meters } from "./meters";
import { people } from "./people";

/** English messages, and by their keys the list of all messages. */
export const en = { ...base, ...devices, ...meters, ...people } as const;
