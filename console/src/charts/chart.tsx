import { useCallback, useMemo, useState } from "preact/hooks";
import type { Forecast } from "../api/types";
import { useWords, type Words } from "../i18n/text";
import { DataTable } from "../widgets/data-table";
import type { Aligned } from "./align";
import type { Marks } from "./limits";
import { Plot } from "./plot";

interface Props {
  title: string;
  unit: string;
  data: Aligned;
  /** The same without the live value: what the table lists, which would else be built again with every reading. */
  stored: Aligned;
  window: { from: number; to: number };
  marks: Marks;
  forecast: Forecast | null;
  /** Whether a forecast belongs to this chart, there or not. */
  expectsForecast: boolean;
  height?: number;
}

const COLUMNS = ["measured", "p10", "p50", "p90"] as const;

function qualityWord({ t }: Words, quality: string | undefined): string {
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

function tableRows(words: Words, data: Aligned): string[][] {
  return data.times.map((time, index) => [
    words.format.dateTime(time),
    ...COLUMNS.map((name) => {
      const value = data[name][index];
      return value === undefined ? "" : words.format.number(value);
    }),
    qualityWord(words, data.quality[index]),
  ]);
}

/** Values under the cursor, or the newest measured one. */
function Readout({ data, unit, cursor }: { data: Aligned; unit: string; cursor: number | null }) {
  const { t, format } = useWords();
  const index = cursor ?? data.measured.findLastIndex((value) => value != null);
  const time = data.times[index];
  if (time === undefined) return null;
  const fan = [data.p10[index], data.p50[index], data.p90[index]];
  return (
    <p class="readout">
      <span>{format.dateTime(time)}</span>
      {data.measured[index] !== undefined && <strong>{format.number(data.measured[index])}</strong>}
      {fan[1] != null && (
        <span class="forecast-text">
          {`P10 ${format.number(fan[0])} · P50 ${format.number(fan[1])} · P90 ${format.number(fan[2])}`}
        </span>
      )}
      <span class="unit" title={t("zone.unit", { unit })}>
        {unit}
      </span>
    </p>
  );
}

function Legend({ data, forecast }: { data: Aligned; forecast: boolean }) {
  const { t } = useWords();
  const estimated = data.estimated.some((value) => value != null);
  return (
    <ul class="legend">
      <li class="key-measured">{t("chart.measured")}</li>
      {estimated && <li class="key-estimated">{t("chart.estimated")}</li>}
      {forecast && <li class="key-forecast">{t("chart.forecast")}</li>}
      {forecast && <li class="key-fan">{t("chart.fan")}</li>}
    </ul>
  );
}

function ForecastNote({ forecast }: { forecast: Forecast | null }) {
  const { t, format } = useWords();
  if (!forecast) return <p class="note">{t("chart.noForecast")}</p>;
  const values = { time: format.dateTime(forecast.issue_ms), model: forecast.model };
  const { fallback } = forecast;
  return (
    <p class="note">{fallback ? t("chart.fallback", { ...values, reason: fallback }) : t("chart.issued", values)}</p>
  );
}

/** A chart with its legend, the values under the cursor and, behind it, its numbers as a table. */
export function Chart({ title, unit, data, stored, window, marks, forecast, expectsForecast, height = 240 }: Props) {
  const words = useWords();
  const [cursor, setCursor] = useState<number | null>(null);
  const columns = useMemo(
    () => [
      words.t("chart.time"),
      `${words.t("chart.measured")} (${unit})`,
      "P10",
      "P50",
      "P90",
      words.t("chart.quality"),
    ],
    [words, unit],
  );
  const rows = useCallback(() => tableRows(words, stored), [words, stored]);
  return (
    <figure class="chart">
      <figcaption>
        <Readout data={data} unit={unit} cursor={cursor} />
        <Legend data={data} forecast={forecast !== null} />
      </figcaption>
      <Plot data={data} window={window} marks={marks} height={height} label={title} onCursor={setCursor} />
      {expectsForecast && <ForecastNote forecast={forecast} />}
      <DataTable columns={columns} rows={rows} />
    </figure>
  );
}
