import { base } from "./base";
import { meters } from "./meters";

/** English messages, and by their keys the list of all messages. */
export const en = { ...base, ...meters } as const;
