import type { Alarm, AlarmState, Priority } from "../api/types";

/** What on-call must look at first. */
const STATE_ORDER: readonly AlarmState[] = [
  "UNACK",
  "LATCHED-UNACK",
  "RTNUN",
  "ACKED",
  "LATCHED-ACKED",
  "SHLVD",
  "DSUPR",
  "OOSRV",
  "NORM",
];
const PRIORITY_ORDER: readonly Priority[] = ["critical", "high", "medium", "low"];

export const alarmKey = (alarm: { rule: string; asset: string }): string => `${alarm.rule}/${alarm.asset}`;

/** Put changes into the open alarms: what is back to normal leaves. */
export function applyChanges(known: ReadonlyMap<string, Alarm>, changed: Alarm[]): ReadonlyMap<string, Alarm> {
  const next = new Map(known);
  for (const alarm of changed) {
    if (alarm.state === "NORM") next.delete(alarmKey(alarm));
    else next.set(alarmKey(alarm), alarm);
  }
  return next;
}

/** Whether a change raises an alarm, rather than telling more about one that stands. */
export function isNew(before: Alarm | undefined, after: Alarm): boolean {
  return after.state === "UNACK" && before?.state !== "UNACK";
}

/** By state, then priority, then the newest first. */
export function sortAlarms(alarms: Iterable<Alarm>): Alarm[] {
  return [...alarms].sort(
    (a, b) =>
      STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
      PRIORITY_ORDER.indexOf(a.priority) - PRIORITY_ORDER.indexOf(b.priority) ||
      b.since_ms - a.since_ms,
  );
}

const UNACKNOWLEDGED: readonly AlarmState[] = ["UNACK", "LATCHED-UNACK", "RTNUN"];

export const waitsForPerson = (alarm: Alarm): boolean => UNACKNOWLEDGED.includes(alarm.state);
