import { type DayPeak, type Drivers, getDrivers, getPeaks } from "../../api/forecasts";
import { shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { StateShape } from "../../widgets/icons";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";

interface Props {
  of: { target: string; quantity: string };
  issuedByMs: number | null;
}

/** A chance of passing the limit that somebody should act on. */
const WORTH_A_MARK = 0.1;

const ask = async ({ of, issuedByMs }: Props, signal: AbortSignal) => {
  const [peaks, drivers] = await Promise.all([getPeaks(of, issuedByMs, signal), getDrivers(of, issuedByMs, signal)]);
  return { peaks, drivers };
};

function Parts({ drivers, at, factor }: { drivers: Drivers | null; at: number; factor: number }) {
  const { format } = useWords();
  const index = drivers?.time_ms.indexOf(at) ?? -1;
  if (!drivers || index < 0) return <td colSpan={3}>–</td>;
  const signed = (value: number | undefined) =>
    value === undefined ? "–" : `${value > 0 ? "+" : ""}${format.number(value * factor, 1)}`;
  return (
    <>
      <td class="figure">{format.number(drivers.level * factor, 1)}</td>
      <td class="figure">{signed(drivers.calendar[index])}</td>
      <td class="figure">{signed(drivers.recent[index])}</td>
    </>
  );
}

function Row({ peak, drivers, unit }: { peak: DayPeak; drivers: Drivers | null; unit: string }) {
  const { format } = useWords();
  const { factor } = shownUnit(unit);
  return (
    <tr>
      <th scope="row">{`${format.weekday(peak.time_ms)} ${format.day(peak.time_ms)}`}</th>
      <td>{format.time(peak.time_ms)}</td>
      <td class="figure forecast-text">{format.value(peak.p50, unit)}</td>
      <td class="figure forecast-text">{`${format.value(peak.p10, unit)} – ${format.value(peak.p90, unit)}`}</td>
      <td class="figure">
        {peak.probability === null ? (
          "–"
        ) : peak.probability >= WORTH_A_MARK ? (
          <span class="state-mark text-high">
            <StateShape state="high" />
            {format.percent(peak.probability)}
          </span>
        ) : (
          format.percent(peak.probability)
        )}
      </td>
      <Parts drivers={drivers} at={peak.time_ms} factor={factor} />
    </tr>
  );
}

/** The peak of each day ahead, the chance that it passes what may be drawn, and what it is made of. */
export function PeakTable(props: Props) {
  const { t } = useWords();
  const { data, error, reload } = useResource("peaks", (signal) => ask(props, signal));
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const { peaks, drivers } = data;
  return (
    <section class="panel" data-testid="peaks">
      <h2>{t("forecast.peaks")}</h2>
      {!peaks || peaks.items.length === 0 ? (
        <Empty>{t("chart.noForecast")}</Empty>
      ) : (
        <Scroll label={t("forecast.peaks")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("forecast.day")}</th>
                <th scope="col">{t("forecast.hour")}</th>
                <th scope="col" class="figure">
                  P50 <span class="unit">{shownUnit(peaks.unit).unit}</span>
                </th>
                <th scope="col" class="figure">
                  {t("chart.fan")}
                </th>
                <th scope="col" class="figure">
                  {t("forecast.over100")}
                </th>
                {(["level", "calendar", "recent"] as const).map((part) => (
                  <th key={part} scope="col" class="figure">
                    {t(`forecast.part.${part}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {peaks.items.map((peak) => (
                <Row key={peak.day} peak={peak} drivers={drivers} unit={peaks.unit} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <p class="note">{t("forecast.partsExplain")}</p>
    </section>
  );
}
