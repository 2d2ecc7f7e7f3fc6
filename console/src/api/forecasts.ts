import { get, orNone, post, query } from "./client";
import type { Forecast, Text } from "./types";

/** That a forecast was issued. */
export interface Issue {
  issue_ms: number;
  model: string;
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

/** Errors of what was said within a block of lead times, as shares of demand; `skill` is 1 less the error over last week's. */
export interface Score {
  from_h: number;
  to_h: number;
  n: number;
  wape: number | null;
  bias: number | null;
  coverage: number | null;
  skill: number | null;
}

export interface Scores {
  blocks: Score[];
  days: { day: string }[];
  /** How the target is forecast, the latest decision first. */
  fits: { since_ms: number; model: string; reason_text: Text }[];
}

export const getScores = (of: Target, days: number, signal: AbortSignal) =>
  get<Scores>(`/forecasts/scores${query({ ...of, days })}`, signal);

/** Who comes (positive) or leaves from a local day on: MW at the peak, or m³ a day. */
export type Tenant = ({ mw: number } | { m3_day: number }) & { start: string; shape: "as_target" | "flat" };

type Quantiles = Pick<Forecast, "p05" | "p10" | "p25" | "p50" | "p75" | "p90" | "p95">;
type Peak = { time_ms: number; p50: number; probability: number | null };

/** The forecast as it is and as it would be. */
export interface WhatIf extends Target {
  unit: string;
  issue_ms: number;
  step_s: number;
  time_ms: number[];
  baseline: Quantiles;
  changed: Quantiles;
  baseline_peak: Peak;
  changed_peak: Peak;
  explanation: Text[];
}

export const askWhatIf = (asked: Target & { temperature_k: number | null; tenants: Tenant[] }) =>
  post<WhatIf>("/forecasts/what-if", asked);
