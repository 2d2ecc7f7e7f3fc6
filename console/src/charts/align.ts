import type { Forecast, History, Series } from "../api/types";

/** A value, null for one that is missing (a gap), undefined where the series has no point at that time. */
export type Point = number | null | undefined;

export interface Aligned {
  /** UTC ms, rising, each once. */
  times: number[];
  measured: Point[];
  /** The points of `measured` that are not measurements. */
  estimated: Point[];
  p10: Point[];
  p50: Point[];
  p90: Point[];
  quality: (string | undefined)[];
}

interface Track {
  times: readonly number[];
  values: Series;
}

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
}

function historyTrack({ history, live }: Sources): Track {
  if (!history) return { times: [], values: [] };
  const track = withGaps(
    { times: history.start_ms, values: history.value },
    history.step_s === null ? Number.POSITIVE_INFINITY : history.step_s * 1000,
  );
  const last = track.times.at(-1);
  if (!live || last === undefined || live.at <= last) return track;
  return { times: [...track.times, live.at], values: [...track.values, live.value] };
}

function fanTrack(forecast: Forecast | null, values: Series, until: number): Track {
  if (!forecast) return { times: [], values: [] };
  const shown = forecast.time_ms.filter((time) => time <= until).length;
  return { times: forecast.time_ms.slice(0, shown), values: values.slice(0, shown) };
}

/** Put the stored values, the live one and the forecast on one time axis. */
export function align(sources: Sources): Aligned {
  const { history, forecast, until, factor } = sources;
  const actual = historyTrack(sources);
  const [p10, p50, p90] = [forecast?.p10, forecast?.p50, forecast?.p90].map((values) =>
    fanTrack(forecast, values ?? [], until),
  ) as [Track, Track, Track];
  const times = [...new Set([...actual.times, ...p50.times])].sort((a, b) => a - b);
  const labels = new Map(history?.start_ms.map((time, index) => [time, history.quality[index]]));
  const quality = times.map((time) => labels.get(time));
  const measured = place(actual, times, factor);
  return {
    times,
    measured,
    estimated: measured.map((value, index) => (isEstimate(quality[index]) ? value : null)),
    p10: place(p10, times, factor),
    p50: place(p50, times, factor),
    p90: place(p90, times, factor),
    quality,
  };
}

export function isEstimate(quality: string | undefined): boolean {
  return quality === "estimated" || quality === "suspect";
}
