import { useMemo } from "preact/hooks";
import { get, orNone, path, query } from "../../api/client";
import type { Alarm, Asset, Forecast, History, Load } from "../../api/types";
import { align, hasValues } from "../../charts/align";
import { Chart, ForecastNote, PointNote } from "../../charts/chart";
import { useSpan } from "../../charts/demand-chart";
import type { Marks } from "../../charts/limits";
import { MINUTE_MS, shownUnit } from "../../i18n/format";
import { isRegister } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { timezone } from "../../state/province";
import { fineness, range, searchOf, spanOf } from "../../state/range";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { limitInUnitOf } from "./trend";

const REFRESH_MS = MINUTE_MS;

type Watched = NonNullable<Alarm["series"]>;

const utilityOf = (quantity: string) => (quantity === "power" ? "power" : quantity === "flow" ? "water" : null);

function askHistory(series: Watched, signal: AbortSignal): Promise<History | null> {
  const shown = spanOf(range.value, now.value, timezone());
  const span = { start_ms: shown.startMs, end_ms: shown.endMs, ...fineness(shown) };
  if (series.meter !== null) {
    const which = query({ quantity: series.quantity, ...span });
    return orNone(get<History>(`${path("meters", series.meter, "readings")}${which}`, signal));
  }
  const utility = utilityOf(series.quantity);
  if (utility === null) return Promise.resolve(null);
  return orNone(get<History>(`/demand${query({ asset: series.asset, utility, ...span })}`, signal));
}

/** The series an alarm watches, its forecast where the alarm is about one, and the asset's load to read limits by. */
async function ask(series: Watched, ahead: boolean, signal: AbortSignal) {
  const chosen = range.value;
  const [history, forecast, asset] = await Promise.all([
    askHistory(series, signal),
    ahead
      ? orNone(get<Forecast>(`/forecasts${query({ target: series.asset, quantity: series.quantity })}`, signal))
      : null,
    // The limits of a meter's series are in its own unit; those of an asset may be in that of its capacity.
    series.meter === null ? orNone(get<Asset>(path("assets", series.asset), signal)) : null,
  ]);
  const load: Load | null = asset?.loads.find((one) => one.quantity === series.quantity) ?? null;
  return { history, forecast, load, chosen };
}

/** The trend of what an alarm watches, with the limit it passed. */
export function AlarmChart({ alarm }: { alarm: Alarm }) {
  const words = useWords();
  const chosen = useStore(range);
  const ahead = alarm.probability !== null;
  const { series } = alarm;
  const { data, error, reload } = useResource(
    `${alarm.rule}/${alarm.asset}`,
    (signal) => (series ? ask(series, ahead, signal) : Promise.resolve(null)),
    { everyMs: REFRESH_MS, version: searchOf(chosen) },
  );
  const { minute, span } = useSpan(data?.chosen);
  const until = ahead || !span.live ? span.untilMs : minute;
  const counted = series !== null && isRegister(series.quantity);
  const { unit, factor } = shownUnit(data?.history?.unit ?? "1");
  const aligned = useMemo(
    () =>
      data && align({ history: data.history, forecast: data.forecast, live: null, until, factor, extremes: !counted }),
    [data, until, factor, counted],
  );
  const marks: Marks = useMemo(() => {
    const limit = data?.history ? limitInUnitOf(alarm, data.history.unit, data.load) : null;
    const label = `${words.t("chart.limit")} ${words.format.limit(alarm.limit)} ${shownUnit(alarm.unit ?? "1").unit}`;
    const line = limit === null ? [] : [{ kind: "limit" as const, at: limit * factor, label }];
    return { lines: line, now: { at: minute, label: words.t("chart.now") } };
  }, [alarm, data, factor, minute, words]);

  if (series === null) return <Empty>{words.t("alarm.noTrend")}</Empty>;
  if (error && !data) return <Failure error={error} retry={reload} />;
  if (!data || !aligned) return <Loading />;
  if (!hasValues(aligned)) return <Empty>{words.t("chart.none")}</Empty>;
  return (
    <Chart
      title={`${words.say(alarm.asset_name)}. ${words.t("alarm.trend")}`}
      unit={unit}
      data={aligned}
      stored={aligned}
      window={{ from: span.startMs, to: until }}
      marks={marks}
      note={
        <>
          {data.history && <PointNote history={data.history} added={series.meter === null} />}
          {ahead && span.live && <ForecastNote forecast={data.forecast} />}
        </>
      }
    />
  );
}
