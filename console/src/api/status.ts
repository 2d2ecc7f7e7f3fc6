import { get } from "./client";

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
