/* Days as forms write and read them: 24/11/2026 in both languages, which nobody can read the American way. */

const WRITTEN = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:,?\s+(\d{1,2})[:.h](\d{2}))?$/;
const KEPT = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?$/;

/** `2026-11-24` as 24/11/2026, `2026-11-24T19:15` as 24/11/2026 19:15; anything else as nothing. */
export function writtenDay(kept: string): string {
  const [, year, month, day, hour, minute] = KEPT.exec(kept) ?? [];
  if (day === undefined) return "";
  return `${day}/${month}/${year}${hour === undefined ? "" : ` ${hour}:${minute}`}`;
}

const isDay = (year: number, month: number, day: number) =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();

/** What was typed as it is kept, with its time where one is wanted; null for what is no such day or time. */
export function readDay(typed: string, withTime: boolean): string | null {
  const text = typed.trim();
  const asKept = KEPT.exec(text);
  const written = WRITTEN.exec(text);
  const [year, month, day, hour, minute] = asKept
    ? asKept.slice(1)
    : [written?.[3], written?.[2], written?.[1], written?.[4], written?.[5]];
  if (!isDay(Number(year), Number(month), Number(day)) || withTime !== (hour !== undefined)) return null;
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59) return null;
  const two = (part: string | undefined) => String(part).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}${withTime ? `T${two(hour)}:${two(minute)}` : ""}`;
}
