import { HOUR_MS } from "../i18n/format";
import { get, query } from "./client";
import type { Text } from "./types";

/** A holiday, or a closure without a name. */
export interface FreeDay {
  start_ms: number;
  end_ms: number;
  name: Text;
}

/** Whole hours, so that the same question is asked again within an hour. */
export const freeDaysCall = (zone: string, startMs: number, endMs: number) =>
  `/calendar${query({ zone, start_ms: startMs, end_ms: Math.ceil(endMs / HOUR_MS) * HOUR_MS })}`;

export const getFreeDays = (zone: string, startMs: number, endMs: number, signal: AbortSignal) =>
  get<{ items: FreeDay[] }>(freeDaysCall(zone, startMs, endMs), signal);
