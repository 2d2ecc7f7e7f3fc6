import { get, orNone, query } from "./client";
import type { Forecast } from "./types";

/** Errors of past forecasts at one lead time: shares of the demand (WAPE), and of intervals inside P10–P90. */
export interface LeadAccuracy {
  lead_h: number;
  n: number;
  wape: number | null;
  wape_naive: number | null;
  coverage: number | null;
}

/** The latest forecast, or the latest that had been issued by an instant; null where there is none. */
export const getForecast = (target: string, quantity: string, issuedByMs: number | null, signal: AbortSignal) =>
  orNone(get<Forecast>(`/forecasts${query({ target, quantity, issued_by_ms: issuedByMs })}`, signal));

export const getAccuracy = (target: string, quantity: string, days: number, signal: AbortSignal) =>
  get<{ items: LeadAccuracy[] }>(`/forecasts/accuracy${query({ target, quantity, days })}`, signal);
