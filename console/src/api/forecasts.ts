import { get, orNone, query } from "./client";
import type { Forecast } from "./types";

/** That a forecast was issued; `fallback` says why a simpler model stood in. */
export interface Issue {
  issue_ms: number;
  model: string;
  fallback: string;
}

/** Errors of past forecasts at one lead time: shares of the demand (WAPE), of intervals inside P10–P90 and below each level. */
export interface LeadAccuracy {
  lead_h: number;
  n: number;
  wape: number | null;
  wape_naive: number | null;
  coverage: number | null;
  below: number[];
}

export interface Accuracy {
  /** Levels of the quantiles that `below` is told for. */
  levels: number[];
  items: LeadAccuracy[];
}

/** Parts of P50, which add up to it. */
export interface Drivers {
  time_ms: number[];
  /** Mean of the last weeks. */
  level: number;
  /** What the kind of day and the hour add. */
  calendar: number[];
  /** What the last days add. */
  recent: number[];
}

/** The peak of one local day; the probability is that of passing what may be drawn. */
export interface DayPeak {
  day: string;
  time_ms: number;
  p10: number;
  p50: number;
  p90: number;
  probability: number | null;
}

interface Target {
  target: string;
  quantity: string;
}

/** The latest forecast, or the latest that had been issued by an instant; null where there is none. */
export const getForecast = (of: Target, issuedByMs: number | null, signal: AbortSignal) =>
  orNone(get<Forecast>(`/forecasts${query({ ...of, issued_by_ms: issuedByMs })}`, signal));

export const getIssues = (of: Target, days: number, signal: AbortSignal) =>
  get<{ items: Issue[] }>(`/forecasts/issues${query({ ...of, days })}`, signal);

export const getAccuracy = (of: Target, days: number, signal: AbortSignal) =>
  get<Accuracy>(`/forecasts/accuracy${query({ ...of, days })}`, signal);

/** What a forecast is made of; null where the history is too short to tell. */
export const getDrivers = (of: Target, issuedByMs: number | null, signal: AbortSignal) =>
  orNone(get<Drivers>(`/forecasts/drivers${query({ ...of, issued_by_ms: issuedByMs })}`, signal));

export const getPeaks = (of: Target, issuedByMs: number | null, signal: AbortSignal) =>
  orNone(
    get<{ unit: string; items: DayPeak[] }>(`/forecasts/peaks${query({ ...of, issued_by_ms: issuedByMs })}`, signal),
  );
