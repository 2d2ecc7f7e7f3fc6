import type { Load, Peak } from "../api/types";
import { useWords } from "../i18n/text";
import { useHour } from "../state/clock";

/** The highest hour ahead, in blue: it is a forecast. */
export function PeakLine({ peak, unit }: { peak: Peak | null; unit: string }) {
  const { t, format } = useWords();
  const hour = useHour();
  if (!peak) return <p class="peak muted">{t("chart.noForecast")}</p>;
  return (
    <p class="peak forecast-text">
      <span>{t("load.peak", { time: format.timeNear(peak.time_ms, hour) })}</span>
      <span>{`P50 ${format.value(peak.p50, unit)}`}</span>
      <span>{`P90 ${format.value(peak.p90, unit)}`}</span>
      {peak.probability >= 0.01 && <span>{t("load.peakRisk", { probability: format.percent(peak.probability) })}</span>}
    </p>
  );
}

/** Headroom with all in service and after the loss of the largest, apart. */
export function Headroom({ load }: { load: Load }) {
  const { t, format } = useWords();
  return (
    <p class="headroom">
      {t("load.headroom")}{" "}
      <span>{`${t("load.n1")}: ${load.firm === 0 ? "–" : format.value(load.headroom_n1, load.capacity_unit)}`}</span>
      {" · "}
      <span>{`${t("load.n0")}: ${format.quantity(load.headroom_n0, load.capacity_unit)}`}</span>
    </p>
  );
}
