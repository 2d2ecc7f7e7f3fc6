import { useCallback, useMemo, useState } from "preact/hooks";
import { getAccuracy } from "../../api/forecasts";
import { XyChart, type XyLine } from "../../charts/xy-chart";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { Select } from "../../widgets/field";
import { Empty, Failure, Loading } from "../../widgets/notice";

const DAYS = ["7", "28", "92"] as const;
/** P10–P90 should hold eight of ten values. */
const EXPECTED_COVERAGE = 0.8;

/** How good forecasts were by lead time, beside "as last week"; and whether their bands held what they promise. */
export function Accuracy({ zone, quantity }: { zone: string; quantity: string }) {
  const { t, format } = useWords();
  const [days, setDays] = useState<(typeof DAYS)[number]>("28");
  const { data, error, reload } = useResource(`${zone}/${quantity}/${days}`, (signal) =>
    getAccuracy(zone, quantity, Number(days), signal),
  );
  const percent = useCallback((value: number) => format.percent(value), [format]);
  const items = data?.items ?? [];
  const x = useMemo(() => items.map((item) => item.lead_h), [data]);
  const errors: XyLine[] = useMemo(
    () => [
      { name: t("forecast.ours"), look: "forecast", values: items.map((item) => item.wape) },
      { name: t("forecast.lastWeek"), look: "raw", values: items.map((item) => item.wape_naive) },
    ],
    [data, t],
  );
  const coverage: XyLine[] = useMemo(
    () => [
      { name: t("forecast.inside"), look: "forecast", values: items.map((item) => item.coverage) },
      { name: t("forecast.promised"), look: "target", values: items.map(() => EXPECTED_COVERAGE) },
    ],
    [data, t],
  );
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
      </div>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data && items.length === 0 && <Empty>{t("forecast.noAccuracy")}</Empty>}
      {items.length > 0 && (
        <div class="zone-columns">
          <div>
            <h3>{t("forecast.errorByLead")}</h3>
            <XyChart
              title={t("forecast.errorByLead")}
              xName={t("forecast.lead")}
              x={x}
              lines={errors}
              format={percent}
            />
          </div>
          <div>
            <h3>{t("forecast.calibration")}</h3>
            <XyChart
              title={t("forecast.calibration")}
              xName={t("forecast.lead")}
              x={x}
              lines={coverage}
              format={percent}
              most={1}
            />
          </div>
        </div>
      )}
    </section>
  );
}
