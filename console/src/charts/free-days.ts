import type { FreeDay } from "../api/calendar";
import type { Words } from "../i18n/text";
import type { NamedSpan } from "./limits";

/** Holidays and closures as stretches that a chart marks. */
export const freeSpans = ({ t, say }: Words, days: FreeDay[]): NamedSpan[] =>
  days.map(({ start_ms: from, end_ms: to, name }) => ({ from, to, label: say(name) || t("chart.closure") }));
