import { en } from "../../i18n/en";
import type { Key, Words } from "../../i18n/text";

type ReasonKey = Extract<Key, `reason.${string}`>;
const isReason = (key: string): key is ReasonKey => key in en;

/** Why a message waits, in words; the code itself where we know none. */
export function reasonWords({ t }: Words, reason: string): string {
  const key = `reason.${reason}`;
  return isReason(key) ? t(key) : reason;
}
