import { DAY_MS, type Formats } from "../i18n/format";

const MONTH_MS = 28 * DAY_MS;

/** Labels of the time axis: hours, with the day where a day begins; days alone on long ranges, months on those of years. */
export function timeLabels(splits: number[], stepMs: number, format: Formats): string[] {
  if (stepMs >= MONTH_MS) return splits.map((ms) => format.month(ms));
  if (stepMs >= DAY_MS) return splits.map((ms) => format.day(ms));
  let before = "";
  return splits.map((ms) => {
    const day = format.day(ms);
    const label = before === "" || day === before ? format.time(ms) : `${format.time(ms)}\n${day}`;
    before = day;
    return label;
  });
}
