import { useMemo } from "preact/hooks";
import { language } from "../state/preferences";
import { FALLBACK_ZONE, province } from "../state/province";
import { useStore } from "../state/store";
import { type Words, wordsFor } from "./words";

export type { Key, Words } from "./words";

/** Messages, texts and formats for the reader: language of the console, time zone of the province. */
export function useWords(): Words {
  const chosen = useStore(language);
  const timezone = useStore(province, (known) => known?.timezone ?? FALLBACK_ZONE);
  return useMemo(() => wordsFor(chosen, timezone), [chosen, timezone]);
}
