import type { ComponentChildren } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Forecast, History } from "../api/types";
import { DAY_MS } from "../i18n/format";
import { useWords, type Words } from "../i18n/text";
import { DataTable } from "../widgets/data-table";
import { Exports } from "../widgets/files";
import { type Aligned, isCoarse, type LineName, linesIn } from "./align";
import type { Marks } from "./limits";
import type { ValueAxis } from "./options";
import { Plot } from "./plot";
import { MARKED } from "./quality-marks";

interface Props {
  title: string;
  unit: string;
  data: Aligned;
  /** The same without the live value: what the table lists, which would else be built again with every reading. */
  stored: Aligned;
  window: { from: number; to: number };
  marks: Marks;
  height?: number;
  axis?: ValueAxis;
  /** Below the plot: where the numbers come from. */
  note?: ComponentChildren;
  /** The same numbers as files: what each is called, and the server's call for it. */
  files?: readonly { name: string; path: string }[];
}

const QUANTILES: readonly LineName[] = ["p05", "p10", "p50", "p90", "p95"];

/** A line's name in tables and under the cursor: quantiles by their sign, others in words. */
function lineName({ t }: Words, name: LineName): string {
  switch (name) {
    case "measured":
    case "low":
    case "high":
    case "raw":
    case "past":
      return t(`chart.${name}`);
    default:
      return name.toUpperCase();
  }
}

export function qualityWord({ t }: Words, quality: string | undefined): string {
  switch (quality) {
    case "measured":
    case "edited":
    case "estimated":
    case "suspect":
    case "missing":
      return t(`quality.${quality}`);
    default:
      return "";
  }
}

const YEAR_MS = 300 * DAY_MS;

type WriteTime = (ms: number) => string;

/** Times as they are told apart: by their days and years where the window is long. */
const timesOf = ({ format }: Words, long: boolean): WriteTime =>
  long ? (ms) => format.date(ms) : (ms) => format.dateTime(ms);

function tableRows(words: Words, data: Aligned, lines: LineName[], written: WriteTime): string[][] {
  return data.times.map((time, index) => [
    written(time),
    ...lines.map((name) => {
      const value = data[name][index];
      return value === undefined ? "" : words.format.number(value);
    }),
    qualityWord(words, data.quality[index]),
  ]);
}

interface ReadoutProps {
  data: Aligned;
  unit: string;
  cursor: number | null;
  written: WriteTime;
}

/** Values under the cursor, or the newest measured one. */
function Readout({ data, unit, cursor, written }: ReadoutProps) {
  const words = useWords();
  const { t, format } = words;
  const index = cursor ?? data.measured.findLastIndex((value) => value != null);
  const time = data.times[index];
  if (time === undefined) return null;
  const fan = QUANTILES.filter((name) => data[name][index] != null);
  const others = (["low", "high", "raw", "past"] as const).filter((name) => data[name][index] != null);
  return (
    <p class="readout">
      <span>{written(time)}</span>
      {data.measured[index] !== undefined && <strong>{format.number(data.measured[index])}</strong>}
      {others.map((name) => (
        <span key={name} class={name === "past" ? "forecast-text" : "muted"}>
          {`${lineName(words, name)} ${format.number(data[name][index])}`}
        </span>
      ))}
      {fan.length > 0 && (
        <span class="forecast-text">
          {fan.map((name) => `${name.toUpperCase()} ${format.number(data[name][index])}`).join(" · ")}
        </span>
      )}
      <span class="unit" title={t("zone.unit", { unit })}>
        {unit}
      </span>
    </p>
  );
}

function Legend({ data, lines }: { data: Aligned; lines: LineName[] }) {
  const { t } = useWords();
  const has = (name: LineName) => lines.includes(name);
  return (
    <ul class="legend">
      {has("measured") && <li class="key-measured">{t("chart.measured")}</li>}
      {has("high") && <li class="key-extremes">{t("chart.extremes")}</li>}
      {has("raw") && <li class="key-raw">{t("chart.raw")}</li>}
      {MARKED.filter((quality) => data.quality.includes(quality)).map((quality) => (
        <li key={quality} class={`key-${quality}`}>
          {t(`quality.${quality}`)}
        </li>
      ))}
      {has("past") && <li class="key-past">{t("chart.past")}</li>}
      {has("p50") && <li class="key-forecast">{t("chart.forecast")}</li>}
      {has("p10") && <li class="key-fan">{t("chart.fan")}</li>}
      {has("p05") && <li class="key-wide">{t("chart.wide")}</li>}
    </ul>
  );
}

/** What a point of a coarse chart stands for; `added` for values that are sums of several meters. */
export function PointNote({ history, added = false }: { history: History; added?: boolean }) {
  const { t, lasting } = useWords();
  if (!isCoarse(history)) return null;
  const time = lasting(history.step_s * 1000);
  return <p class="note">{t(added ? "chart.pointAdded" : "chart.point", { time })}</p>;
}

/** When a forecast was issued and by which model, and what else went into it. */
export function ForecastNote({ forecast }: { forecast: Forecast | null }) {
  const { t, format, say } = useWords();
  if (!forecast) return <p class="note">{t("chart.noForecast")}</p>;
  const values = { time: format.dateTime(forecast.issue_ms), model: forecast.model };
  const reason = say(forecast.fallback_text);
  const remarks = say(forecast.remarks_text);
  return (
    <>
      <p class="note">{reason ? t("chart.fallback", { ...values, reason }) : t("chart.issued", values)}</p>
      {remarks && <p class="note">{t("chart.remarks", { remarks })}</p>}
    </>
  );
}

/** A chart with its legend, the values under the cursor and, behind it, its numbers as a table. */
export function Chart(props: Props) {
  const { title, unit, data, stored, window, marks, note, files = [], height = 240, axis = "zero" } = props;
  const words = useWords();
  const [cursor, setCursor] = useState<number | null>(null);
  const lines = useMemo(() => linesIn(stored), [stored]);
  const columns = useMemo(
    () => [
      words.t("chart.time"),
      ...lines.map((name) => (QUANTILES.includes(name) ? name.toUpperCase() : `${lineName(words, name)} (${unit})`)),
      words.t("chart.quality"),
    ],
    [words, unit, lines],
  );
  const long = window.to - window.from > YEAR_MS;
  const written = useMemo(() => timesOf(words, long), [words, long]);
  const rows = useCallback(() => tableRows(words, stored, lines, written), [words, stored, lines, written]);
  return (
    <figure class="chart">
      <figcaption>
        <Readout data={data} unit={unit} cursor={cursor} written={written} />
        <Legend data={stored} lines={lines} />
      </figcaption>
      <Plot data={data} window={window} marks={marks} height={height} axis={axis} label={title} onCursor={setCursor} />
      {note}
      <DataTable columns={columns} rows={rows} />
      {files.length > 0 && <Exports of={files} />}
    </figure>
  );
}
