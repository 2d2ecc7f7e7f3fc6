import { useMemo } from "preact/hooks";
import { query } from "../../api/client";
import { getReadings, type MeterDetail } from "../../api/meters";
import type { History } from "../../api/types";
import { align, hasValues } from "../../charts/align";
import { Chart, PointNote } from "../../charts/chart";
import { useSpan } from "../../charts/demand-chart";
import type { LimitLine, Marks } from "../../charts/limits";
import type { ValueAxis } from "../../charts/options";
import { DAY_MS, HOUR_MS, shownUnit } from "../../i18n/format";
import { factorOf, isRegister, quantityName, ratioAt } from "../../i18n/quantities";
import { useWords, type Words } from "../../i18n/text";
import { now } from "../../state/clock";
import { useHurry } from "../../state/hurry";
import { timezone } from "../../state/province";
import { dayRange, fineness, range, searchOf, spanOf } from "../../state/range";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { QuarterHours } from "./quarter-hours";

const REFRESH_MS = 15_000;
/** Raw readings of more than this are more than a chart can show. */
const RAW_WITHIN_MS = DAY_MS + HOUR_MS;
/** Zero says nothing of these: their charts run near their values. */
const NEAR = /^(voltage|pressure|temperature|frequency|power_factor|level|ph|chlorine)/;

const axisOf = (quantity: string): ValueAxis => (NEAR.test(quantity) ? "near" : "zero");

interface Answer {
  chosen: typeof range.value;
  final: History;
  /** Null where the range is too long for single readings. */
  raw: History | null;
}

async function ask(meter: string, quantity: string, signal: AbortSignal): Promise<Answer> {
  const chosen = range.value;
  const span = spanOf(chosen, now.value, timezone());
  const short = span.endMs - span.startMs <= RAW_WITHIN_MS;
  const [final, raw] = await Promise.all([
    getReadings(meter, quantity, span, fineness(span), signal),
    short ? getReadings(meter, quantity, span, { step: "raw" }, signal) : null,
  ]);
  return { chosen, final, raw };
}

/** Physical limits on the primary side, in the unit shown; those far from all values would only press the chart flat. */
function limitLines({ t, format }: Words, meter: MeterDetail, quantity: string, final: History): LimitLine[] {
  const limits = meter.values.find((value) => value.quantity === quantity)?.limits;
  if (!limits || isRegister(quantity)) return [];
  const { unit, factor } = shownUnit(final.unit);
  const largest = Math.max(0, ...final.value.map((value) => value ?? 0));
  return limits
    .map((limit) => limit * factorOf(final.unit, meter.ratio))
    .filter((limit) => Math.abs(limit) <= 2 * largest && limit !== 0)
    .map((limit) => ({
      kind: "limit",
      at: limit * factor,
      label: `${t("chart.limit")} ${format.limit(limit * factor)} ${unit}`,
    }));
}

/** Final values, and raw readings where they are drawn, as files. */
function filesOf({ t }: Words, meter: string, quantity: string, { chosen, raw }: Answer) {
  const { startMs, endMs, stepS } = spanOf(chosen, now.value, timezone());
  const of = { meter, quantity, start_ms: startMs, end_ms: endMs };
  const path = (step: number | string) => `/exports/readings${query({ ...of, step })}`;
  return [
    { name: t("values.final"), path: path(stepS) },
    ...(raw ? [{ name: t("chart.raw"), path: path("raw") }] : []),
  ];
}

function RawNote({ raw, lastMs }: { raw: History | null; lastMs: number }) {
  const { t } = useWords();
  if (raw) return null;
  return (
    <p class="note">
      {t("meter.rawTooLong")}{" "}
      <button type="button" class="link" onClick={() => range.set(dayRange(lastMs, timezone()))}>
        {t("meter.toLastDay")}
      </button>
    </p>
  );
}

/** A register's readings as they came: a count that rises, so a chart of its own. */
function RegisterChart({ raw, title, marks, window }: ChartParts & { raw: History }) {
  const { factor, unit } = shownUnit(raw.unit);
  const data = useMemo(
    () =>
      align({
        history: null,
        forecast: null,
        live: null,
        until: window.to,
        factor,
        raw: { times: raw.start_ms, values: raw.value },
      }),
    [raw, factor, window.to],
  );
  return <Chart title={title} unit={unit} data={data} stored={data} window={window} marks={marks} axis="near" />;
}

interface ChartParts {
  title: string;
  marks: Marks;
  window: { from: number; to: number };
}

/** A quantity's final values, how each came about, and the raw readings behind them. */
export function RawAgainstFinal({ meter, quantity }: { meter: MeterDetail; quantity: string }) {
  const words = useWords();
  const { t } = words;
  const chosen = useStore(range);
  const { everyMs, hurry } = useHurry(REFRESH_MS);
  const { data, error, reload } = useResource(`${meter.id}/${quantity}`, (signal) => ask(meter.id, quantity, signal), {
    everyMs,
    version: searchOf(chosen),
  });
  const { minute, span } = useSpan(data?.chosen);
  const name = quantityName(words, quantity);
  const register = isRegister(quantity);
  const window = { from: span.startMs, to: span.live ? span.endMs : span.untilMs };
  const aligned = useMemo(() => {
    if (!data) return null;
    const { factor } = shownUnit(data.final.unit);
    const scale = (at: number) => factorOf(data.final.unit, ratioAt(meter.ratios, at));
    const raw = register ? null : data.raw;
    return align({
      history: data.final,
      forecast: null,
      live: null,
      until: window.to,
      factor,
      extremes: !register,
      raw: raw && {
        times: raw.start_ms,
        values: raw.value.map((value, index) => value && value * scale(raw.start_ms[index] as number)),
      },
    });
  }, [data, meter.ratios, register, window.to]);
  const marks: Marks = useMemo(
    () => ({
      lines: data ? limitLines(words, meter, quantity, data.final) : [],
      now: { at: minute, label: t("chart.now") },
    }),
    [words, data, minute, meter.ratio],
  );
  return (
    <section class="panel" data-testid="raw-against-final">
      <h2>{name}</h2>
      {error && !data ? <Failure error={error} retry={reload} /> : !data && <Loading />}
      {data && aligned && (
        <>
          {!hasValues(aligned) ? (
            <Empty>{t("chart.none")}</Empty>
          ) : (
            <Chart
              title={`${words.say(meter.name)}. ${name}`}
              unit={
                register
                  ? t("meter.perInterval", {
                      unit: shownUnit(data.final.unit).unit,
                      time: words.lasting((data.final.step_s ?? 0) * 1000),
                    })
                  : shownUnit(data.final.unit).unit
              }
              data={aligned}
              stored={aligned}
              window={window}
              marks={marks}
              axis={axisOf(quantity)}
              files={filesOf(words, meter.id, quantity, data)}
              note={
                <>
                  {!register && <PointNote history={data.final} />}
                  <RawNote raw={data.raw} lastMs={Math.min(minute, span.endMs - 1)} />
                </>
              }
            />
          )}
          {register && data.raw && data.raw.start_ms.length > 0 && (
            <>
              <h3>{t("meter.register")}</h3>
              <RegisterChart
                raw={data.raw}
                title={`${words.say(meter.name)}. ${t("meter.register")}`}
                marks={{ lines: [], now: marks.now }}
                window={window}
              />
            </>
          )}
          <QuarterHours meter={meter} quantity={quantity} onChange={hurry} />
        </>
      )}
    </section>
  );
}
