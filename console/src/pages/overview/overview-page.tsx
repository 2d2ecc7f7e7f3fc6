import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../../api/client";
import type { LoadState, Overview } from "../../api/types";
import { useWords } from "../../i18n/text";
import { loads } from "../../state/live";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { OpenAlarms } from "../alarms/open-alarms";
import { BalanceSentences } from "./balance";
import { orderTiles } from "./order";
import { Tile } from "./tile";

const REFRESH_MS = 15_000;

/** The order of tiles changes only when a state does: not with every reading. */
function useLiveStates(): string {
  return useStore(loads, (all) => [...all].map(([id, of]) => id + of.map((load) => load.state)).join());
}

function Tiles({ zones }: { zones: Overview["zones"] }) {
  const { t } = useWords();
  useLiveStates();
  const stateOf = (zone: string, given: { utility: string; state: LoadState }) =>
    loads.value.get(zone)?.find((load) => load.utility === given.utility)?.state ?? given.state;
  if (zones.length === 0) return <Empty>{t("overview.noZones")}</Empty>;
  return (
    <ul class="tiles">
      {orderTiles(zones, stateOf).map((tile) => (
        <Tile key={`${tile.zone}/${tile.load.utility}`} {...tile} />
      ))}
    </ul>
  );
}

/** The map comes after the numbers: its code is loaded once they stand. */
function LazyMap() {
  const [Drawn, setDrawn] = useState<ComponentType | null>(null);
  useEffect(() => {
    void import("../../map/zone-map").then((module) => setDrawn(() => module.ZoneMap));
  }, []);
  return Drawn ? <Drawn /> : <div class="map" aria-busy="true" />;
}

export function OverviewPage() {
  const { t } = useWords();
  const { data, error, reload } = useResource("overview", (signal) => get<Overview>("/overview", signal), {
    everyMs: REFRESH_MS,
  });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  return (
    <div class="overview">
      <h1 class="visually-hidden">{t("page.overview")}</h1>
      <BalanceSentences balance={data.balance} />
      <section class="overview-tiles" aria-label={t("overview.tiles")}>
        <Tiles zones={data.zones} />
      </section>
      <section class="overview-map">
        <h2>{t("overview.map")}</h2>
        <LazyMap />
      </section>
      <section class="overview-alarms">
        <h2>{t("overview.alarms")}</h2>
        <OpenAlarms />
      </section>
    </div>
  );
}
