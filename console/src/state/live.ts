import { getAll } from "../api/client";
import { openStream } from "../api/stream";
import type { Alarm, AlarmsEvent, LiveEvent, Load, Utility } from "../api/types";
import { alarmKey, applyChanges, isNew } from "./alarm-list";
import { now, syncClock } from "./clock";
import { Store, useStore } from "./store";

export type Connection = "connecting" | "live" | "lost";

type Level = { level: number | null; at_ms: number | null };

export const connection = new Store<Connection>("connecting");
/** When the last live event came, by the server's clock; null before the first. */
export const lastLive = new Store<number | null>(null);
export const loads = new Store<ReadonlyMap<string, Load[]>>(new Map());
export const reservoirLevels = new Store<ReadonlyMap<string, Level>>(new Map());
export const traffic = new Store({ silent: 0, readingsPerSecond: 0 });
/** Every alarm that is not back to normal, by `alarmKey`; null until first known. */
export const alarms = new Store<ReadonlyMap<string, Alarm> | null>(null);
/** The newest alarm that has just been raised, for the live region. */
export const announced = new Store<Alarm | null>(null);

function onLive(event: LiveEvent, first: boolean): void {
  syncClock(event.now_ms);
  lastLive.set(event.now_ms);
  loads.set(new Map([...(first ? [] : loads.value), ...Object.entries(event.loads)]));
  reservoirLevels.set(new Map([...(first ? [] : reservoirLevels.value), ...Object.entries(event.reservoirs)]));
  const readingsPerSecond = Math.round(event.readings_per_s);
  if (event.meters_silent !== traffic.value.silent || readingsPerSecond !== traffic.value.readingsPerSecond)
    traffic.set({ silent: event.meters_silent, readingsPerSecond });
  connection.set("live");
  if (first) void loadAlarms();
}

function onAlarms(event: AlarmsEvent): void {
  const known = alarms.value;
  if (known === null) return;
  const raised = event.changed.filter((alarm) => isNew(known.get(alarmKey(alarm)), alarm));
  alarms.set(applyChanges(known, event.changed));
  const last = raised.at(-1);
  if (last) announced.set(last);
}

async function loadAlarms(): Promise<void> {
  try {
    const answer = await getAll<Alarm>("/alarms?state=open");
    alarms.set(applyChanges(new Map(), answer.items));
  } catch {
    // The stream brings changes, and the next connection asks again; pages show their own errors.
  }
}

/** Take an alarm from the answer to an action: the page does not wait for the stream. */
export function takeAlarm(alarm: Alarm): void {
  alarms.set(applyChanges(alarms.value ?? new Map(), [alarm]));
}

let close: (() => void) | null = null;

/** Open the stream (again): for whoever is signed in now. */
export function startLive(onRefused: () => void): void {
  close?.();
  connection.set("connecting");
  alarms.set(null);
  close = openStream("/stream", {
    onLive,
    onAlarms,
    onLost: () => connection.set("lost"),
    onRefused,
  });
}

/** An asset's load of one utility: the live one, else the one the page was given. */
export function useLoad<L extends Load>(asset: string, utility: Utility, given: L | null): L | Load | null {
  const live = useStore(loads, (all) => all.get(asset)?.find((load) => load.utility === utility));
  if (!live) return given;
  return given ? { ...given, ...live } : live;
}

/** Whether a value measured at `at` must look stale: it is old for its meter, or nothing has come for a while. */
export function useStale(stale: boolean): boolean {
  const lost = useStore(connection, (state) => state === "lost");
  return stale || lost;
}

/** Age of an instant by the server's clock, in whole steps of `stepMs` so that components do not render each second for nothing. */
export function useAge(at: number | null, stepMs = 1000): number | null {
  return useStore(now, (time) => (at === null ? null : Math.max(0, Math.floor((time - at) / stepMs) * stepMs)));
}
