import { base } from "./base";
import { meters } from "./meters";
import { people } from "./people";

/** English messages, and by their keys the list of all messages. */
export const en = { ...base, ...meters, ...people } as const;
