import { useCallback, useMemo, useState } from "preact/hooks";
import { getAccuracy, type LeadAccuracy } from "../../api/forecasts";
import { XyChart, type XyLine } from "../../charts/xy-chart";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { Select } from "../../widgets/field";
import { Empty, Failure, Loading } from "../../widgets/notice";

const DAYS = ["7", "28", "92"] as const;
/** Intervals below which shares say nothing of how honest quantiles are: each of twenty is worth 5 %. */
const ENOUGH = 20;

/** Error by lead time, beside "as last week". */
function ErrorChart({ items }: { items: LeadAccuracy[] }) {
  const { t, format } = useWords();
  const percent = useCallback((value: number) => format.percent(value), [format]);
  const x = useMemo(() => items.map((item) => item.lead_h), [items]);
  const lines: XyLine[] = useMemo(
    () => [
      { name: t("forecast.ours"), look: "forecast", values: items.map((item) => item.wape) },
      { name: t("forecast.lastWeek"), look: "raw", values: items.map((item) => item.wape_naive) },
    ],
    [items, t],
  );
  const title = t("forecast.errorByLead");
  return (
    <div>
      <h3>{title}</h3>
      <XyChart title={title} xName={t("forecast.lead")} x={x} lines={lines} format={percent} />
    </div>
  );
}

/** How often what happened lay below each quantile, at one lead time: the nearer to the dotted line, the more honest. */
function CalibrationChart({ levels, item }: { levels: number[]; item: LeadAccuracy }) {
  const { t, format } = useWords();
  const percent = useCallback((value: number) => format.percent(value), [format]);
  const x = useMemo(() => levels.map((level) => Math.round(100 * level)), [levels]);
  const lines: XyLine[] = useMemo(
    () => [
      { name: t("forecast.below"), look: "forecast", values: item.below },
      { name: t("forecast.ideal"), look: "target", values: levels },
    ],
    [levels, item, t],
  );
  const title = t("forecast.calibration", { lead: format.limit(item.lead_h), count: format.number(item.n, 0) });
  return (
    <div>
      <h3>{title}</h3>
      {item.n < ENOUGH ? (
        <Empty>{t("forecast.tooFew", { count: format.number(ENOUGH, 0) })}</Empty>
      ) : (
        <>
          <XyChart title={title} xName={t("forecast.quantile")} x={x} lines={lines} format={percent} most={1} />
          <p class="note">{t("forecast.coverage", { share: format.percent(item.coverage) })}</p>
        </>
      )}
    </div>
  );
}

/** How good forecasts were by lead time, and whether their quantiles held what they promise. */
export function Accuracy({ of }: { of: { target: string; quantity: string } }) {
  const { t } = useWords();
  const [days, setDays] = useState<(typeof DAYS)[number]>("28");
  const [lead, setLead] = useState<string | null>(null);
  const { data, error, reload } = useResource(days, (signal) => getAccuracy(of, Number(days), signal));
  const items = data?.items ?? [];
  const chosen =
    items.find((item) => String(item.lead_h) === lead) ?? items.find((item) => item.lead_h >= 24) ?? items.at(-1);
  return (
    <section class="panel" data-testid="accuracy">
      <div class="section-head">
        <h2>{t("forecast.accuracy")}</h2>
        <Select
          label={t("forecast.over")}
          value={days}
          onChange={setDays}
          options={DAYS.map((count) => [count, t("forecast.days", { count })])}
        />
        {chosen && (
          <Select
            label={t("forecast.lead")}
            value={String(chosen.lead_h)}
            onChange={setLead}
            options={items.map((item) => [String(item.lead_h), String(item.lead_h)])}
          />
        )}
      </div>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data && !chosen && <Empty>{t("forecast.noAccuracy")}</Empty>}
      {data && chosen && (
        <div class="zone-columns">
          <ErrorChart items={items} />
          <CalibrationChart levels={data.levels} item={chosen} />
        </div>
      )}
    </section>
  );
}
