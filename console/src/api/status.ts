import { get } from "./client";
import type { Text } from "./types";

/** How the system itself is. */
export interface Status {
  version: string;
  started_ms: number;
  store: { ready: boolean; detail: string; numbers: Record<string, number> };
  collector: {
    connected: boolean;
    received: number;
    committed: number;
    readings: number;
    stored: number;
    duplicates: number;
    quarantined: number;
    left_out: number;
    waiting: number;
    lag_s: number | null;
  };
  forecasts: { issued: number; fallbacks: number; last_ms: number | null };
  alarms: { raised: number; announced: number; delivered: number; given_up: number };
  live: { listeners: number };
  roles: { role: string; ready: boolean; detail: string; heard_ms: number | null }[];
}

export const getStatus = (signal: AbortSignal) => get<Status>("/status", signal);

/** What is wrong with the system, in words, and what it waits for. */
export interface Health {
  state: string;
  findings: { part: string; state: string; text: Text }[];
  /** `size` is where it is full; null where it has no bound of its own. */
  queues: { name: string; depth: number; size: number | null }[];
  lag_s: number | null;
  store_read_ms: number | null;
  state_read_ms: number | null;
  last_forecast_ms: number | null;
  last_delivery_ms: number | null;
  disks: { folder: string; free_bytes: number; total_bytes: number }[];
}

export const getHealth = (signal: AbortSignal) => get<Health>("/health", signal);
