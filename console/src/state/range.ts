import { DAY_MS, HOUR_MS } from "../i18n/format";
import { Store } from "./store";

export type RangeName = "day" | "week" | "weeks";

export interface Range {
  /** How far back, ms. */
  backMs: number;
  /** How much of the forecast is shown, ms. */
  aheadMs: number;
  /** Interval asked for, s. */
  stepS: 900 | 3600;
}

export const RANGES: Record<RangeName, Range> = {
  day: { backMs: DAY_MS, aheadMs: DAY_MS, stepS: 900 },
  week: { backMs: 7 * DAY_MS, aheadMs: 2 * DAY_MS, stepS: 900 },
  weeks: { backMs: 42 * DAY_MS, aheadMs: 7 * DAY_MS, stepS: 3600 },
};

/** The one date range of every chart on every page. */
export const range = new Store<RangeName>("day");

/** Start and end of the stored values to ask for, on whole hours so that the same question is asked again within an hour. */
export function window(name: RangeName, nowMs: number): { startMs: number; endMs: number } {
  const startMs = Math.floor((nowMs - RANGES[name].backMs) / HOUR_MS) * HOUR_MS;
  return { startMs, endMs: Math.ceil(nowMs / HOUR_MS) * HOUR_MS };
}
