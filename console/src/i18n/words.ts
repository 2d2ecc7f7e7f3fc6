import type { Text } from "../api/types";
import type { Language } from "../state/preferences";
import { en } from "./en";
import { Formats, HOUR_MS, MINUTE_MS } from "./format";
import { vi } from "./vi";

export type Key = keyof typeof en;

/** The names in braces of a message. */
type Placeholders<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type Values<K extends Key> = [Placeholders<(typeof en)[K]>] extends [never]
  ? []
  : [values: Record<Placeholders<(typeof en)[K]>, string>];

/** Gives a message in the reader's language; a missing key or value is a compile error. */
export type Translate = <K extends Key>(key: K, ...values: Values<K>) => string;

const MESSAGES: Record<Language, Record<Key, string>> = { en, vi };

export function translator(chosen: Language): Translate {
  return (key, ...[values]) =>
    MESSAGES[chosen][key].replace(/\{(\w+)\}/g, (_, name: string) => (values as Record<string, string>)[name] ?? "");
}

const TIME_UNITS: Record<string, number> = { s: 1000, min: MINUTE_MS, h: HOUR_MS };

export interface Words {
  t: Translate;
  /** A text of the server's in the reader's language. */
  say: (text: Text) => string;
  format: Formats;
  /** A length of time in words. */
  lasting: (ms: number) => string;
  /** A value with its unit; a length of time in words. */
  amount: (value: number, unit: string) => string;
}

export function wordsFor(chosen: Language, timezone: string): Words {
  const t = translator(chosen);
  const format = new Formats(chosen, timezone);
  const units = { d: t("unit.d"), h: t("unit.h"), min: t("unit.min"), s: t("unit.s") };
  const lasting = (ms: number) => format.duration(ms, units);
  const amount = (value: number, unit: string) => {
    const unitMs = TIME_UNITS[unit];
    return unitMs === undefined ? format.quantity(value, unit) : lasting(value * unitMs);
  };
  return { t, say: (text) => text[chosen], format, lasting, amount };
}
