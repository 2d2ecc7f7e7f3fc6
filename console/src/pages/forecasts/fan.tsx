import { useMemo } from "preact/hooks";
import { type FreeDay, getFreeDays } from "../../api/calendar";
import { get, path, query } from "../../api/client";
import { getForecast } from "../../api/forecasts";
import type { Forecast, History, LoadAhead, Utility, ZoneDetail } from "../../api/types";
import { align, hasValues } from "../../charts/align";
import { Chart, ForecastNote } from "../../charts/chart";
import { capacityLines, forecastFile } from "../../charts/demand-chart";
import { freeSpans } from "../../charts/free-days";
import type { Marks } from "../../charts/limits";
import { DAY_MS, HOUR_MS, MINUTE_MS, shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { Fact } from "../../widgets/fact";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { type Match, matchOf } from "./match";

const REFRESH_MS = MINUTE_MS;
const HORIZON_MS = 7 * DAY_MS;

interface Answer {
  shown: Forecast | null;
  /** Beside an older one the latest; beside the latest the one of a day before. */
  other: Forecast | null;
  history: History;
  load: LoadAhead | null;
  freeDays: FreeDay[];
}

interface Props {
  of: { target: string; quantity: string };
  name: string;
  utility: Utility;
  /** Which forecast: the latest that had been issued by then; null: the latest of all. */
  issuedByMs: number | null;
  /** Issue of the one whose median is drawn beside it; null: none. */
  otherMs: number | null;
  /** Of an asset that is no zone: its zone, which has the holidays, and its load, which has the limits. */
  within?: { zone: string; load: LoadAhead };
}

const loadOf = async (zone: string, utility: Utility, signal: AbortSignal) =>
  (await get<ZoneDetail>(path("zones", zone), signal)).loads.find((load) => load.utility === utility) ?? null;

async function ask({ of, utility, issuedByMs, otherMs, within }: Props, signal: AbortSignal): Promise<Answer> {
  const nowMs = now.value;
  const startMs = Math.floor(Math.min(nowMs - 2 * DAY_MS, (issuedByMs ?? nowMs) - DAY_MS) / HOUR_MS) * HOUR_MS;
  const span = { start_ms: startMs, end_ms: Math.ceil(nowMs / HOUR_MS) * HOUR_MS, step: 900 };
  const [shown, other, history, load, free] = await Promise.all([
    getForecast(of, issuedByMs, signal),
    otherMs === null ? null : getForecast(of, otherMs, signal),
    get<History>(`/demand${query({ asset: of.target, utility, ...span })}`, signal),
    within?.load ?? loadOf(of.target, utility, signal),
    getFreeDays(within?.zone ?? of.target, startMs, nowMs + HORIZON_MS, signal),
  ]);
  return { shown, other, history, freeDays: free.items, load };
}

/** How the shown forecast met what happened since. */
function MatchFacts({ match }: { match: Match }) {
  const { t, format } = useWords();
  return (
    <dl class="facts" data-testid="match">
      <Fact name={t("forecast.compared")}>{t("forecast.intervals", { count: format.number(match.n, 0) })}</Fact>
      <Fact name={t("forecast.error")}>{format.percent(match.wape, 1)}</Fact>
      <Fact name={t("forecast.bias")}>{format.percent(match.bias, 1)}</Fact>
      <Fact name={t("forecast.inside")}>{format.percent(match.inside)}</Fact>
    </dl>
  );
}

/** The fan of a forecast over what happened, with the limits; and how well it has done so far. */
export function Fan(props: Props) {
  const { name, utility, issuedByMs } = props;
  const words = useWords();
  const { t } = words;
  const { data, error, reload } = useResource("fan", (signal) => ask(props, signal), { everyMs: REFRESH_MS });
  const minute = useStore(now, (time) => Math.floor(time / MINUTE_MS) * MINUTE_MS);
  const { unit, factor } = shownUnit(data?.history.unit ?? "1");
  const until = data?.shown?.time_ms.at(-1) ?? minute + DAY_MS;
  const aligned = useMemo(() => {
    if (!data) return null;
    const past = data.other && { times: data.other.time_ms, values: data.other.p50 };
    return align({ history: data.history, forecast: data.shown, live: null, until, factor, past, wide: true });
  }, [data, until, factor]);
  const match = useMemo(
    () => data?.shown && matchOf(data.shown, { times: data.history.start_ms, values: data.history.value }),
    [data],
  );
  const marks: Marks = useMemo(
    () => ({
      lines: data?.load ? capacityLines(words, data.load) : [],
      now: { at: minute, label: t("chart.now") },
      spans: freeSpans(words, data?.freeDays ?? []),
    }),
    [words, data, minute],
  );
  return (
    <section class="panel" data-testid="fan">
      <h2>{t("forecast.fan")}</h2>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data && !data.shown && <Empty>{t(issuedByMs === null ? "chart.noForecast" : "forecast.noneThen")}</Empty>}
      {match && <MatchFacts match={match} />}
      {data && aligned && hasValues(aligned) && (
        <Chart
          title={`${name}. ${t("chart.title", { utility: t(`utility.${utility}`) })}`}
          unit={unit}
          data={aligned}
          stored={aligned}
          window={{ from: data.history.start_ms[0] ?? minute, to: until }}
          marks={marks}
          height={340}
          files={data.shown ? [forecastFile(words, props.of, data.shown)] : []}
          note={
            <>
              {data.shown && <ForecastNote forecast={data.shown} />}
              {data.other && (
                <p class="note">{t("forecast.other", { time: words.format.dateTime(data.other.issue_ms) })}</p>
              )}
            </>
          }
        />
      )}
    </section>
  );
}
