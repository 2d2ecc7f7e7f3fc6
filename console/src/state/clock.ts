import { HOUR_MS } from "../i18n/format";
import { Store, useStore } from "./store";

/** The server's time, UTC ms, ticking once a second between its messages: ages do not depend on the clock of this machine. */
export const now = new Store<number>(Date.now());

let offset = 0;

/** Take the server's time from an answer. */
export function syncClock(serverMs: number): void {
  offset = serverMs - Date.now();
  now.set(serverMs);
}

export function startClock(): void {
  setInterval(() => now.set(Date.now() + offset), 1000);
}

/** Start of the present hour: enough to tell today from tomorrow, without rendering each second. */
export function useHour(): number {
  return useStore(now, (time) => Math.floor(time / HOUR_MS) * HOUR_MS);
}
