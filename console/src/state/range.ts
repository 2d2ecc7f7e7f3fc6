import { DAY_MS, HOUR_MS, QUARTER_MS } from "../i18n/format";
import { dayEnd, dayOf, dayStart } from "../i18n/local-day";
import { Store } from "./store";

export type RangeName = "day" | "week" | "weeks";

/** What charts show: so far back from now and some of what is to come, or whole local days, both ends included. */
export type Range = { name: RangeName } | { from: string; to: string };

/** How far back and ahead, ms. */
export const LIVE_RANGES: Record<RangeName, { backMs: number; aheadMs: number }> = {
  day: { backMs: DAY_MS, aheadMs: DAY_MS },
  week: { backMs: 7 * DAY_MS, aheadMs: 2 * DAY_MS },
  weeks: { backMs: 42 * DAY_MS, aheadMs: 7 * DAY_MS },
};

/** The one date range of every chart on every page; it stands in the address. */
export const range = new Store<Range>({ name: "day" });

export interface Span {
  /** Stored values to ask for, UTC ms; whole hours, so that the same question is asked again within an hour. */
  startMs: number;
  endMs: number;
  /** Right end of the chart: what is shown of a forecast ends here. */
  untilMs: number;
  /** Interval of its values as files, s. */
  stepS: 900 | 3600 | 86400;
  /** Whether the present lies in it. */
  live: boolean;
}

function stepFor(lengthMs: number): Span["stepS"] {
  if (lengthMs <= 9 * DAY_MS) return 900;
  return lengthMs <= 100 * DAY_MS ? 3600 : 86400;
}

/** As many as a screen can show where a range is so long that the server chooses: days of two years, weeks beyond. */
const MOST_POINTS = 800;

/** How finely the values of a span's chart are asked for, as the server's parameters: near a thousand points at most. Pure. */
export function fineness({ startMs, endMs, stepS }: Span): { step: Span["stepS"] } | { step: "auto"; points: number } {
  return endMs - startMs <= 43 * DAY_MS ? { step: stepS } : { step: "auto", points: MOST_POINTS };
}

const nextHour = (ms: number) => Math.ceil(ms / HOUR_MS) * HOUR_MS;

/** What a range means at an instant. Pure. */
export function spanOf(chosen: Range, nowMs: number, timezone: string): Span {
  if ("name" in chosen) {
    const { backMs, aheadMs } = LIVE_RANGES[chosen.name];
    const startMs = Math.floor((nowMs - backMs) / HOUR_MS) * HOUR_MS;
    return { startMs, endMs: nextHour(nowMs), untilMs: nowMs + aheadMs, stepS: stepFor(backMs), live: true };
  }
  const startMs = dayStart(chosen.from, timezone);
  const untilMs = dayEnd(chosen.to, timezone);
  const live = startMs <= nowMs && nowMs < untilMs;
  const endMs = Math.max(startMs + HOUR_MS, Math.min(untilMs, nextHour(nowMs)));
  return { startMs, endMs, untilMs, stepS: stepFor(untilMs - startMs), live };
}

/** The quarter hours of a span's last day that have ended by an instant; null where none has: a day that has just begun, or is to come. Pure. */
export function endedQuarters({ startMs, endMs }: Span, nowMs: number): { startMs: number; endMs: number } | null {
  const lastMs = Math.min(endMs, Math.floor(nowMs / QUARTER_MS) * QUARTER_MS);
  return lastMs > startMs ? { startMs: Math.max(startMs, lastMs - DAY_MS), endMs: lastMs } : null;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const isDay = (text: string | null): text is string =>
  text !== null && DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** The range an address asks for; null when it asks for none that makes sense. */
export function rangeOf(search: string): Range | null {
  const given = new URLSearchParams(search);
  const [name, from, to] = [given.get("range"), given.get("from"), given.get("to")];
  if (name !== null && name in LIVE_RANGES) return { name: name as RangeName };
  return isDay(from) && isDay(to) && from <= to ? { from, to } : null;
}

/** A range as an address carries it. */
export function searchOf(chosen: Range): string {
  return `?${new URLSearchParams("name" in chosen ? { range: chosen.name } : { from: chosen.from, to: chosen.to })}`;
}

/** The one local day an instant lies in, as a range. */
export function dayRange(ms: number, timezone: string): Range {
  const day = dayOf(ms, timezone);
  return { from: day, to: day };
}
