import { useMemo } from "preact/hooks";
import { freeDaysCall, getFreeDays } from "../api/calendar";
import { get, orNone, query } from "../api/client";
import type { Forecast, History, LoadAhead, Utility } from "../api/types";
import { MINUTE_MS, shownUnit } from "../i18n/format";
import { useWords, type Words } from "../i18n/text";
import { now } from "../state/clock";
import { timezone } from "../state/province";
import { fineness, range, type Span, searchOf, spanOf } from "../state/range";
import { useResource } from "../state/resource";
import { useStore } from "../state/store";
import { limitsOf, plannedPerCapacity } from "../widgets/load-scale";
import { Empty, Failure, Loading } from "../widgets/notice";
import { align, hasValues } from "./align";
import { Chart, ForecastNote, PointNote } from "./chart";
import { freeSpans } from "./free-days";
import type { LimitLine, Marks } from "./limits";

const REFRESH_MS = MINUTE_MS;

interface Props {
  asset: string;
  name: string;
  load: LoadAhead;
  /** Whether forecasts are made for it: then the chart shows what is to come too. */
  forecast: boolean;
}

/** The capacity's limits in the unit of the chart. */
export function capacityLines({ t, format }: Words, load: LoadAhead): LimitLine[] {
  const factor = plannedPerCapacity(load) * shownUnit(load.unit).factor;
  return limitsOf(load).map(({ kind, at }) => ({
    kind,
    at: at * factor,
    label: `${t(`chart.${kind}`)} ${format.limit(at)} ${shownUnit(load.capacity_unit).unit}`,
  }));
}

const demandCall = (asset: string, utility: Utility, span: Span) =>
  `/demand${query({ asset, utility, start_ms: span.startMs, end_ms: span.endMs, ...fineness(span) })}`;

const forecastCall = (target: string, quantity: string) => `/forecasts${query({ target, quantity })}`;

/** What the chart of a zone's power asks for: the first that is seen of most zones. */
export function callsOfZone(zone: string): string[] {
  const span = spanOf(range.value, now.value, timezone());
  const calls = [demandCall(zone, "power", span), freeDaysCall(zone, span.startMs, span.untilMs)];
  return span.live ? [...calls, forecastCall(zone, "power")] : calls;
}

type Asked = Awaited<ReturnType<typeof ask>>;

/** Forecasts are made for zones, which have holidays; other assets have neither. */
async function ask(asset: string, load: LoadAhead, ahead: boolean, signal: AbortSignal) {
  const chosen = range.value;
  const span = spanOf(chosen, now.value, timezone());
  const [history, forecast, free] = await Promise.all([
    get<History>(demandCall(asset, load.utility, span), signal),
    span.live && load.peak ? orNone(get<Forecast>(forecastCall(asset, load.quantity), signal)) : null,
    ahead ? getFreeDays(asset, span.startMs, span.untilMs, signal) : null,
  ]);
  return { history, forecast, freeDays: free?.items ?? [], chosen };
}

/** The chart's numbers as files. */
function filesOf({ t }: Words, asset: string, load: LoadAhead, { history, forecast, chosen }: Asked) {
  const { startMs, endMs, stepS } = spanOf(chosen, now.value, timezone());
  const demand = { asset, utility: load.utility, start_ms: startMs, end_ms: endMs, step: stepS };
  return [
    ...(history.start_ms.length > 0 ? [{ name: t("chart.measured"), path: `/exports/demand${query(demand)}` }] : []),
    ...(forecast ? [forecastFile({ t }, { target: asset, quantity: load.quantity }, forecast)] : []),
  ];
}

/** A forecast as a file. */
export const forecastFile = (
  { t }: Pick<Words, "t">,
  of: { target: string; quantity: string },
  { issue_ms: issuedByMs }: Forecast,
) => ({ name: t("export.forecast"), path: `/exports/forecasts${query({ ...of, issued_by_ms: issuedByMs })}` });

/** The range of a chart whose data were asked for; its end moves on with the minutes. */
export function useSpan(asked: typeof range.value | undefined) {
  const chosen = useStore(range);
  const minute = useStore(now, (time) => Math.floor(time / MINUTE_MS) * MINUTE_MS);
  return { minute, span: spanOf(asked ?? chosen, minute, timezone()) };
}

/** What an asset drew and will draw: stored values, live end, forecast fan and the limits of its capacity. */
export function DemandChart({ asset, name, load, forecast }: Props) {
  const words = useWords();
  const chosen = useStore(range);
  const { data, error, reload } = useResource(
    `${asset}/${load.utility}`,
    (signal) => ask(asset, load, forecast, signal),
    {
      everyMs: REFRESH_MS,
      version: `${searchOf(chosen)}/${load.peak !== null}`,
    },
  );
  const { minute, span } = useSpan(data?.chosen);
  const until = forecast || !span.live ? span.untilMs : minute;
  const { unit, factor } = shownUnit(load.unit);
  const fresh = span.live && !load.stale && load.value !== null && load.at_ms !== null;
  const live = fresh ? { at: load.at_ms as number, value: load.value as number } : null;
  const stored = useMemo(
    () => data && align({ history: data.history, forecast: data.forecast, live: null, until, factor }),
    [data, until, factor],
  );
  const aligned = useMemo(
    () => data && align({ history: data.history, forecast: data.forecast, live, until, factor }),
    [data, live?.at, live?.value, until, factor],
  );
  const marks: Marks = useMemo(
    () => ({
      lines: capacityLines(words, load),
      now: { at: minute, label: words.t("chart.now") },
      spans: freeSpans(words, data?.freeDays ?? []),
    }),
    [words, load, minute, data],
  );
  if (error && !data) return <Failure error={error} retry={reload} />;
  if (!data || !aligned || !stored) return <Loading />;
  if (!hasValues(aligned)) return <Empty>{words.t("chart.none")}</Empty>;
  return (
    <>
      <Chart
        title={`${name}. ${words.t("chart.title", { utility: words.t(`utility.${load.utility}`) })}`}
        unit={unit}
        data={aligned}
        stored={stored}
        window={{ from: span.startMs, to: until }}
        marks={marks}
        note={
          <>
            <PointNote history={data.history} added />
            {forecast && span.live && <ForecastNote forecast={data.forecast} />}
          </>
        }
        files={filesOf(words, asset, load, data)}
      />
      {load.utility === "power" && load.apparent_mva !== null && (
        <p class="note">{words.t("chart.asMw", { value: words.format.number(plannedPerCapacity(load) / 1000, 2) })}</p>
      )}
    </>
  );
}
