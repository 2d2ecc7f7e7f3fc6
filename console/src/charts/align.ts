import type { Forecast, History, Series } from "../api/types";
import { HOUR_MS, QUARTER_MS } from "../i18n/format";

/** A value, null for one that is missing (a gap), undefined where the series has no point at that time. */
export type Point = number | null | undefined;

/** The lines a chart can have, in the order in which they are drawn. */
export const LINES = ["raw", "low", "high", "measured", "p05", "p95", "p10", "p50", "p90", "past"] as const;
export type LineName = (typeof LINES)[number];

/** All lines over one time axis. */
export type Aligned = {
  /** UTC ms, rising, each once. */
  times: number[];
  /** How each stored value came about; undefined where none is stored. */
  quality: (string | undefined)[];
} & Record<LineName, Point[]>;

interface Track {
  times: readonly number[];
  values: Series;
}

const NOTHING: Track = { times: [], values: [] };

/** A track with a null put into every hole longer than one and a half steps, so that no line bridges it. */
export function withGaps(track: Track, stepMs: number): Track {
  const times: number[] = [];
  const values: Series = [];
  track.times.forEach((time, index) => {
    const before = times.at(-1);
    if (before !== undefined && time - before > 1.5 * stepMs) {
      times.push(before + stepMs);
      values.push(null);
    }
    times.push(time);
    values.push(track.values[index] ?? null);
  });
  return { times, values };
}

/** Readings nearer than an interval are one line, however often a meter speaks; usual distances beyond it stretch what is a gap. */
function rawStep(times: readonly number[]): number {
  const steps = times
    .slice(1)
    .map((time, index) => time - (times[index] as number))
    .sort((a, b) => a - b);
  return Math.max(QUARTER_MS, steps[Math.floor(steps.length / 2)] ?? 0);
}

function place(track: Track, times: readonly number[], factor: number): Point[] {
  const at = new Map(track.times.map((time, index) => [time, track.values[index]]));
  return times.map((time) => {
    const value = at.get(time);
    return value == null ? value : value * factor;
  });
}

export interface Sources {
  history: History | null;
  forecast: Forecast | null;
  /** Newest live value, in the history's unit: the line's end between two stored intervals. */
  live: { at: number; value: number } | null;
  /** End of what is shown of the forecast, UTC ms. */
  until: number;
  /** From core units to those shown. */
  factor: number;
  /** Readings as the meter sent them, already on the scale of the history. */
  raw?: Track | null;
  /** What was said beforehand. */
  past?: Track | null;
  /** Whether the outer P05 and P95 are shown too. */
  wide?: boolean;
  /** Whether least and greatest quarter hours say something beside the values: they do not beside a register's sums. */
  extremes?: boolean;
}

function historyTrack({ history, live }: Sources): Track {
  if (!history) return NOTHING;
  const track = withGaps(
    { times: history.start_ms, values: history.value },
    history.step_s === null ? Number.POSITIVE_INFINITY : history.step_s * 1000,
  );
  const last = track.times.at(-1);
  if (!live || last === undefined || live.at <= last) return track;
  return { times: [...track.times, live.at], values: [...track.values, live.value] };
}

/** Whether each point stands for so long that its extremes are worth a line: days and weeks, and joined hours. */
export const isCoarse = (history: History | null): history is History & { step_s: number } =>
  history !== null && history.step_s !== null && history.step_s * 1000 > HOUR_MS;

function extremeTrack({ history, extremes = true }: Sources, name: "low" | "high"): Track {
  if (!extremes || !isCoarse(history)) return NOTHING;
  return withGaps({ times: history.start_ms, values: history[name] }, history.step_s * 1000);
}

function fanTrack(forecast: Forecast | null, values: Series | undefined, until: number): Track {
  if (!forecast || !values) return NOTHING;
  const shown = forecast.time_ms.filter((time) => time <= until).length;
  return { times: forecast.time_ms.slice(0, shown), values: values.slice(0, shown) };
}

function tracksOf(sources: Sources): Record<LineName, Track> {
  const { forecast, until, raw, past, wide = false } = sources;
  const fan = (values: Series | undefined) => fanTrack(forecast, values, until);
  return {
    raw: raw ? withGaps(raw, rawStep(raw.times)) : NOTHING,
    low: extremeTrack(sources, "low"),
    high: extremeTrack(sources, "high"),
    measured: historyTrack(sources),
    p05: wide ? fan(forecast?.p05) : NOTHING,
    p10: fan(forecast?.p10),
    p50: fan(forecast?.p50),
    p90: fan(forecast?.p90),
    p95: wide ? fan(forecast?.p95) : NOTHING,
    past: past ?? NOTHING,
  };
}

/** Put stored values, the live one and forecasts on one time axis. */
export function align(sources: Sources): Aligned {
  const { history, factor } = sources;
  const tracks = tracksOf(sources);
  const times = [...new Set(LINES.flatMap((name) => tracks[name].times))].sort((a, b) => a - b);
  const labels = new Map(history?.start_ms.map((time, index) => [time, history.quality[index]]));
  const lines = Object.fromEntries(LINES.map((name) => [name, place(tracks[name], times, factor)]));
  return { times, quality: times.map((time) => labels.get(time)), ...(lines as Record<LineName, Point[]>) };
}

/** The lines that have a value anywhere. */
export const linesIn = (data: Aligned): LineName[] =>
  LINES.filter((name) => data[name].some((value) => value !== undefined));

/** Whether there is anything to see: gaps alone are not. */
export const hasValues = (data: Aligned): boolean => LINES.some((name) => data[name].some((value) => value != null));
