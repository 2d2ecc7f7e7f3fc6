import { useMemo } from "preact/hooks";
import type { Text } from "../api/types";
import { type Language, language } from "../state/preferences";
import { FALLBACK_ZONE, province } from "../state/province";
import { useStore } from "../state/store";
import { en } from "./en";
import { Formats } from "./format";
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

export interface Words {
  t: Translate;
  /** A text of the server's in the reader's language. */
  say: (text: Text) => string;
  format: Formats;
  /** A length of time in words. */
  lasting: (ms: number) => string;
}

export function wordsFor(chosen: Language, timezone: string): Words {
  const t = translator(chosen);
  const format = new Formats(chosen, timezone);
  const units = { d: t("unit.d"), h: t("unit.h"), min: t("unit.min"), s: t("unit.s") };
  return { t, say: (text) => text[chosen], format, lasting: (ms) => format.duration(ms, units) };
}

/** Messages, texts and formats for the reader: language of the console, time zone of the province. */
export function useWords(): Words {
  const chosen = useStore(language);
  const timezone = useStore(province, (known) => known?.timezone ?? FALLBACK_ZONE);
  return useMemo(() => wordsFor(chosen, timezone), [chosen, timezone]);
}
