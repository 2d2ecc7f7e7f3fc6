import { get, path } from "../../api/client";
import type { Utility, ZoneDetail } from "../../api/types";
import { Demand } from "../../charts/demand";
import { shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { Crumbs } from "../../widgets/crumbs";
import { UtilityIcon } from "../../widgets/icons";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { RangePicker } from "../../widgets/range-picker";
import { OpenAlarms } from "../alarms/open-alarms";
import { BalanceTable, QualityBar, SilentMeters, SupplyOrders } from "./metering";
import { FeederTable, TransformerTable } from "./power";
import { DistrictTable, ReservoirTable } from "./water";

const REFRESH_MS = 30_000;

function Column({ zone, utility }: { zone: ZoneDetail; utility: Utility }) {
  const { t, say } = useWords();
  const load = zone.loads.find((part) => part.utility === utility);
  return (
    <section class="panel zone-column" aria-label={t(`utility.${utility}`)}>
      <h2>
        <UtilityIcon utility={utility} />
        {t(`utility.${utility}`)}
      </h2>
      {load ? (
        <Demand asset={zone.id} name={say(zone.name)} load={load} forecast />
      ) : (
        <Empty>{t(utility === "power" ? "zone.noPower" : "zone.noWater")}</Empty>
      )}
      {utility === "power" ? (
        <>
          <TransformerTable substations={zone.substations} unit={shownUnit("kW").unit} />
          <FeederTable feeders={zone.feeders} unit={shownUnit("kW").unit} />
        </>
      ) : (
        <>
          <DistrictTable districts={zone.dmas} />
          <ReservoirTable reservoirs={zone.reservoirs} />
        </>
      )}
    </section>
  );
}

function Metering({ zone }: { zone: ZoneDetail }) {
  const { t } = useWords();
  return (
    <div class="zone-metering">
      <section class="panel">
        <h2>{t("zone.alarms")}</h2>
        <OpenAlarms only={(alarm) => alarm.zone === zone.id} />
      </section>
      <section class="panel">
        <h2>{t("zone.balance")}</h2>
        <BalanceTable balance={zone.balance} />
      </section>
      <section class="panel">
        <h2>{t("zone.quality")}</h2>
        <QualityBar quality={zone.quality} />
        <h3>{t("zone.silent")}</h3>
        <SilentMeters silent={zone.silent} />
      </section>
    </div>
  );
}

export function ZonePage({ zone: id }: { zone: string }) {
  const { say } = useWords();
  const { data, error, reload } = useResource(id, (signal) => get<ZoneDetail>(path("zones", id), signal), {
    everyMs: REFRESH_MS,
  });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  return (
    <div class="zone">
      <div class="page-head">
        <Crumbs zone={null} />
        <h1>{say(data.name)}</h1>
        <RangePicker />
      </div>
      <SupplyOrders orders={data.supply_orders} />
      <div class="zone-columns">
        <Column zone={data} utility="power" />
        <Column zone={data} utility="water" />
      </div>
      <Metering zone={data} />
    </div>
  );
}
