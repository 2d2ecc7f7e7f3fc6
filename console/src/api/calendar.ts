import { get, query } from "./client";
import type { Text } from "./types";

/** A holiday, or a closure without a name. */
export interface FreeDay {
  start_ms: number;
  end_ms: number;
  name: Text;
}

export const getFreeDays = (zone: string, startMs: number, endMs: number, signal: AbortSignal) =>
  get<{ items: FreeDay[] }>(`/calendar${query({ zone, start_ms: startMs, end_ms: endMs })}`, signal);
