import { getAsset, getMeter, type MeterDetail } from "../../api/meters";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { Crumbs } from "../../widgets/crumbs";
import { Fact } from "../../widgets/fact";
import { LastHeard } from "../../widgets/last-heard";
import { Failure, Loading } from "../../widgets/notice";
import { RangePicker } from "../../widgets/range-picker";
import { ChangeList } from "./change-list";
import { QuantityTable } from "./quantity-table";
import { RawAgainstFinal } from "./raw-against-final";

const REFRESH_MS = 5_000;
const SECOND_MS = 1_000;

/** Newest arrival less the device's own time of it: what its clock and the line add up to. */
function lagOf(meter: MeterDetail): number | null {
  const newest = meter.values.reduce<MeterDetail["values"][number] | null>(
    (best, value) => (best && best.arrival_ms >= value.arrival_ms ? best : value),
    null,
  );
  return newest && newest.arrival_ms - newest.time_ms;
}

function Lag({ meter }: { meter: MeterDetail }) {
  const { t, lasting } = useWords();
  const lag = lagOf(meter);
  // What a silent meter said last may have been kept for long: it tells nothing of its clock.
  if (lag === null || meter.silent) return <>–</>;
  if (Math.abs(lag) < SECOND_MS) return <>{t("devices.clockRight")}</>;
  return <>{t(lag < 0 ? "meter.ahead" : "meter.behind", { time: lasting(Math.abs(lag)) })}</>;
}

function Facts({ meter }: { meter: MeterDetail }) {
  const { t, say, format } = useWords();
  const { contracted, customer } = meter;
  return (
    <dl class="facts">
      <Fact name={t("meter.heard")}>
        <LastHeard at={meter.last_ms} silent={meter.silent} />
      </Fact>
      <Fact name={t("meter.clock")}>
        <Lag meter={meter} />
      </Fact>
      <Fact name={t("meter.role")}>{t(`role.${meter.role}`)}</Fact>
      <Fact name={t("meter.device")}>{meter.device}</Fact>
      <Fact name={t("meter.protocol")}>{meter.protocol}</Fact>
      <Fact name={t("meter.ratio")}>{`× ${format.limit(meter.ratio)}`}</Fact>
      {customer && <Fact name={t("meter.customer")}>{say(customer)}</Fact>}
      {contracted !== null && (
        <Fact name={t("meter.contracted")}>
          {format.quantity(contracted, meter.utility === "power" ? "kW" : "m3/h")}
        </Fact>
      )}
    </dl>
  );
}

/** One meter: who it is, every quantity with its limits, and one quantity's raw readings against its final values. */
export function MeterPage({ meter: id, quantity }: { meter: string; quantity?: string }) {
  const { t, say } = useWords();
  const { data: meter, error, reload } = useResource(id, (signal) => getMeter(id, signal), { everyMs: REFRESH_MS });
  const { data: asset } = useResource(meter?.asset ?? "", (signal) =>
    meter ? getAsset(meter.asset, signal) : Promise.resolve(null),
  );
  if (!meter) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const chosen = quantity ?? meter.quantities[0];
  return (
    <div class="meter">
      <div class="page-head">
        <Crumbs zone={meter.zone} asset={{ id: meter.asset, name: asset ? say(asset.name) : meter.asset }} />
        <h1>{say(meter.name)}</h1>
        <RangePicker />
      </div>
      <section class="panel">
        <h2 class="visually-hidden">{t("meter.facts")}</h2>
        <Facts meter={meter} />
        <QuantityTable meter={meter} chosen={chosen} />
      </section>
      {chosen !== undefined && <RawAgainstFinal key={`${id}/${chosen}`} meter={meter} quantity={chosen} />}
      <ChangeList meter={meter} onChange={reload} />
    </div>
  );
}
