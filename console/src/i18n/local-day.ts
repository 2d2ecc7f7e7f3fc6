import { DAY_MS } from "./format";

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function partsFormat(timezone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    FORMATS.set(timezone, format);
  }
  return format;
}

/** What the clocks of a time zone show at an instant, written as if it were UTC, ms. */
function wallMs(ms: number, timezone: string): number {
  const parts = Object.fromEntries(
    partsFormat(timezone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<"year" | "month" | "day" | "hour" | "minute" | "second", number>;
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

/** First instant of a local day (`2026-11-24`), UTC ms. */
export function dayStart(day: string, timezone: string): number {
  return instantOf(`${day}T00:00`, timezone);
}

/** First instant after a local day. */
export function dayEnd(day: string, timezone: string): number {
  return dayStart(new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10), timezone);
}

/** The local day an instant lies in. */
export function dayOf(ms: number, timezone: string): string {
  return new Date(wallMs(ms, timezone)).toISOString().slice(0, 10);
}

/** `2026-11-24T19:15` as a field of a form holds it, for an instant. */
export function fieldTime(ms: number, timezone: string): string {
  return new Date(wallMs(ms, timezone)).toISOString().slice(0, 16);
}

/** Instant of a local time; of two that clocks show twice the first, after a gap for one they never show. */
export function instantOf(local: string, timezone: string): number {
  const wanted = Date.parse(`${local}:00Z`);
  // The offset may change on that day: those of a day before and after are the only two it can have.
  const found = [wanted - DAY_MS, wanted + DAY_MS].map((near) => wanted - (wallMs(near, timezone) - near));
  return found.find((ms) => wallMs(ms, timezone) === wanted) ?? Math.max(...found);
}
