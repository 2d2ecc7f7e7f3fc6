import type { Alarm } from "../../api/types";
import { waitsForPerson } from "../../state/alarm-list";

/** What people do to an alarm, named as the API names it. */
export type Action = "acknowledge" | "shelve" | "unshelve" | "out-of-service" | "return" | "reset";

export const SHELVE_HOURS = [1, 2, 4, 8, 12, 24] as const;
export const DEFAULT_HOURS = 8;

/** What a person can do about an alarm in its state, the first the most likely. */
export function actionsFor(alarm: Alarm): Action[] {
  const { shelved, out_of_service: outOfService } = alarm.suppressions;
  if (outOfService) return ["return"];
  if (shelved) return ["unshelve", "out-of-service"];
  if (alarm.state === "LATCHED-ACKED") return ["reset", "shelve", "out-of-service"];
  return waitsForPerson(alarm) ? ["acknowledge", "shelve", "out-of-service"] : ["shelve", "out-of-service"];
}

export const wordsNeeded = (action: Action, alarm: Alarm): boolean =>
  action === "shelve" || action === "out-of-service" || (action === "acknowledge" && alarm.comment_required);
