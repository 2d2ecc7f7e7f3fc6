import { useMemo, useState } from "preact/hooks";
import { get, path, query } from "../../api/client";
import { getForecast } from "../../api/forecasts";
import type { Forecast, History, LoadAhead, Utility, ZoneDetail } from "../../api/types";
import { align, hasValues } from "../../charts/align";
import { Chart, ForecastNote } from "../../charts/chart";
import { capacityLines } from "../../charts/demand-chart";
import type { Marks } from "../../charts/limits";
import { DAY_MS, HOUR_MS, MINUTE_MS, shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { Fact } from "../../widgets/fact";
import { Select } from "../../widgets/field";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { type Match, matchOf } from "./match";

const QUANTITIES: Record<Utility, string> = { power: "power", water: "flow" };
const REFRESH_MS = MINUTE_MS;

/** Which forecast the fan is of: the latest, or the one people had so long ago. */
const ISSUES = { latest: 0, hours6: 6 * HOUR_MS, day: DAY_MS, days2: 2 * DAY_MS, week: 7 * DAY_MS } as const;
type Issue = keyof typeof ISSUES;

interface Answer {
  shown: Forecast | null;
  /** The latest one, where the shown one is older. */
  latest: Forecast | null;
  history: History;
  load: LoadAhead | null;
}

async function ask(zone: string, utility: Utility, issue: Issue, signal: AbortSignal): Promise<Answer> {
  const backMs = ISSUES[issue];
  const nowMs = now.value;
  const startMs = Math.floor((nowMs - Math.max(2 * DAY_MS, backMs + DAY_MS)) / HOUR_MS) * HOUR_MS;
  const span = { start_ms: startMs, end_ms: Math.ceil(nowMs / HOUR_MS) * HOUR_MS, step: 900 };
  const [shown, latest, history, detail] = await Promise.all([
    getForecast(zone, QUANTITIES[utility], backMs === 0 ? null : nowMs - backMs, signal),
    backMs === 0 ? null : getForecast(zone, QUANTITIES[utility], null, signal),
    get<History>(`/demand${query({ asset: zone, utility, ...span })}`, signal),
    get<ZoneDetail>(path("zones", zone), signal),
  ]);
  return { shown, latest, history, load: detail.loads.find((load) => load.utility === utility) ?? null };
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

/** The fan of a forecast over what happened, with the limits; an older one with how well it did. */
export function Fan({ zone, name, utility }: { zone: string; name: string; utility: Utility }) {
  const words = useWords();
  const { t } = words;
  const [issue, setIssue] = useState<Issue>("latest");
  const { data, error, reload } = useResource(
    `${zone}/${utility}/${issue}`,
    (signal) => ask(zone, utility, issue, signal),
    { everyMs: REFRESH_MS },
  );
  const minute = useStore(now, (time) => Math.floor(time / MINUTE_MS) * MINUTE_MS);
  const { unit, factor } = shownUnit(data?.history.unit ?? "1");
  const until = data?.shown?.time_ms.at(-1) ?? minute + DAY_MS;
  const aligned = useMemo(() => {
    if (!data) return null;
    const { latest } = data;
    const past = latest && { times: latest.time_ms, values: latest.p50 };
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
    }),
    [words, data, minute],
  );
  return (
    <section class="panel" data-testid="fan">
      <div class="section-head">
        <h2>{t("forecast.fan")}</h2>
        <Select
          label={t("forecast.issued")}
          value={issue}
          onChange={setIssue}
          options={(Object.keys(ISSUES) as Issue[]).map((one) => [one, t(`forecast.issue.${one}`)])}
        />
      </div>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data && !data.shown && <Empty>{t(issue === "latest" ? "chart.noForecast" : "forecast.noneThen")}</Empty>}
      {data && aligned && hasValues(aligned) && (
        <>
          {match && issue !== "latest" && <MatchFacts match={match} />}
          <Chart
            title={`${name}. ${t("chart.title", { utility: t(`utility.${utility}`) })}`}
            unit={unit}
            data={aligned}
            stored={aligned}
            window={{ from: data.history.start_ms[0] ?? minute, to: until }}
            marks={marks}
            height={340}
            note={data.shown && <ForecastNote forecast={data.shown} />}
          />
        </>
      )}
    </section>
  );
}
