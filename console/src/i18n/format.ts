import type { Language } from "../state/preferences";

const LOCALES: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
const UNIT_SIGNS: Record<string, string> = { "m3/h": "m³/h", m3: "m³", degC: "°C", "1": "" };
const NO_VALUE = "–";

export const MINUTE_MS = 60_000;
export const QUARTER_MS = 15 * MINUTE_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A unit as people write it. */
export const unitSign = (unit: string): string => UNIT_SIGNS[unit] ?? unit;

/** Power is shown in MW everywhere, so that a feeder and its zone can be compared at a glance; the rest as it is measured. */
export function shownUnit(unit: string): { unit: string; factor: number } {
  if (unit === "kW") return { unit: "MW", factor: 1e-3 };
  return { unit: unitSign(unit), factor: 1 };
}

/** A number as typed, null where it is none: a comma is a point in Vietnamese. */
export function numberOf(typed: string): number | null {
  const number = Number(typed.trim().replace(",", "."));
  return typed.trim() === "" || !Number.isFinite(number) ? null : number;
}

/** Fewer decimals for larger numbers: three or four figures are what an operator can use. */
function decimals(value: number): number {
  const size = Math.abs(value);
  if (size >= 200) return 0;
  return size >= 10 ? 1 : 2;
}

/** Writes numbers and times the way a language and a time zone want them. */
export class Formats {
  readonly #locale: string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #month: Intl.DateTimeFormat;
  readonly #seconds: Intl.DateTimeFormat;
  readonly #numbers = new Map<number, Intl.NumberFormat>();

  constructor(
    language: Language,
    readonly timezone: string,
  ) {
    this.#locale = LOCALES[language];
    const zone = { timeZone: timezone, hourCycle: "h23" } as const;
    this.#clock = new Intl.DateTimeFormat(this.#locale, { ...zone, hour: "2-digit", minute: "2-digit" });
    this.#seconds = new Intl.DateTimeFormat(this.#locale, { ...zone, timeStyle: "medium" });
    this.#weekday = new Intl.DateTimeFormat(this.#locale, { timeZone: timezone, weekday: "short" });
    this.#date = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, dateStyle: "short" });
    this.#month = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, month: "2-digit", year: "numeric" });
    this.#day = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, day: "2-digit", month: "2-digit" });
  }

  /** A number with so many decimals; a dash where there is none. */
  number(value: number | null | undefined, digits = value == null ? 0 : decimals(value)): string {
    if (value == null) return NO_VALUE;
    let format = this.#numbers.get(digits);
    if (!format) {
      format = new Intl.NumberFormat(this.#locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
      this.#numbers.set(digits, format);
    }
    return format.format(value).replace("-", "\u2212");
  }

  /** Four figures of a number, however small it is. */
  figures(value: number): string {
    const size = Math.abs(value);
    return this.number(value, size >= 1000 || size === 0 ? 0 : Math.min(6, 3 - Math.floor(Math.log10(size))));
  }

  /** A number as one would type it: seven figures, no separators of thousands. */
  typed(value: number): string {
    const text = String(Number(value.toPrecision(7)));
    return this.#locale === LOCALES.vi ? text.replace(".", ",") : text;
  }

  /** A limit or rating: as many decimals as it has, two at most. */
  limit(value: number | null | undefined): string {
    return this.number(value, value == null ? 0 : (String(Math.round(value * 100) / 100).split(".")[1]?.length ?? 0));
  }

  /** A measured value in the unit it is shown in, without the unit. */
  value(value: number | null | undefined, unit: string): string {
    return this.number(value == null ? null : value * shownUnit(unit).factor);
  }

  /** A measured value with its unit. */
  quantity(value: number | null | undefined, unit: string): string {
    const sign = shownUnit(unit).unit;
    return sign === "" || value == null ? this.value(value, unit) : `${this.value(value, unit)} ${sign}`;
  }

  /** A share 0..1 as per cent. */
  percent(share: number | null | undefined, digits = 0): string {
    return share == null ? NO_VALUE : `${this.number(share * 100, digits)} %`;
  }

  /** 19:15 */
  time(ms: number): string {
    return this.#clock.format(ms);
  }

  /** 19:15:07 */
  timeWithSeconds(ms: number): string {
    return this.#seconds.format(ms);
  }

  /** 24/11, in both languages: neither may be read the American way. */
  day(ms: number): string {
    return this.#day.format(ms);
  }

  /** Tue, T3 */
  weekday(ms: number): string {
    return this.#weekday.format(ms);
  }

  /** 24/11/2026 */
  date(ms: number): string {
    return this.#date.format(ms);
  }

  /** 11/2026 */
  month(ms: number): string {
    return this.#month.format(ms);
  }

  /** 24/11 19:15 */
  dateTime(ms: number): string {
    return `${this.day(ms)} ${this.time(ms)}`;
  }

  /** 19:15 on the day of `now`, 24/11 19:15 on another. */
  timeNear(ms: number, now: number): string {
    return this.day(ms) === this.day(now) ? this.time(ms) : this.dateTime(ms);
  }

  /** A length of time in its two largest parts: `5 h 40 min`; the words for them are the caller's. */
  duration(ms: number, units: { d: string; h: string; min: string; s: string }): string {
    if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} ${units.s}`;
    if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} ${units.min}`;
    const [large, largeUnit, small, smallUnit] =
      ms < DAY_MS ? [HOUR_MS, units.h, MINUTE_MS, units.min] : [DAY_MS, units.d, HOUR_MS, units.h];
    const rest = Math.floor((ms % large) / small);
    const whole = `${Math.floor(ms / large)} ${largeUnit}`;
    return rest === 0 ? whole : `${whole} ${rest} ${smallUnit}`;
  }
}
