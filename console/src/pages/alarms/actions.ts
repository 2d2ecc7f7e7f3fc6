import type { Alarm } from "../../api/types";
import { waitsForPerson } from "../../state/alarm-list";

export type Action = "acknowledge" | "shelve" | "unshelve";

export const SHELVE_HOURS = [1, 2, 4, 8, 12, 24] as const;
export const DEFAULT_HOURS = 8;

/** What a person can do about an alarm in its state. */
export function actionsFor(alarm: Alarm): Action[] {
  if (alarm.suppressions.shelved) return ["unshelve"];
  return waitsForPerson(alarm) ? ["acknowledge", "shelve"] : ["shelve"];
}

export const wordsNeeded = (action: Action, alarm: Alarm): boolean =>
  action === "shelve" || (action === "acknowledge" && alarm.comment_required);
