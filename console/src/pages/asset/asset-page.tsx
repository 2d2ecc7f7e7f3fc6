import { type AssetDetail, getAsset, getMeter, type MeterDetail } from "../../api/meters";
import { Demand } from "../../charts/demand";
import { kindName } from "../../i18n/kinds";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { assetPath, Crumbs } from "../../widgets/crumbs";
import { UtilityIcon } from "../../widgets/icons";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { RangePicker } from "../../widgets/range-picker";
import { OpenAlarms } from "../alarms/open-alarms";
import { AssetForecast } from "./asset-forecast";
import { MeterTable } from "./meter-table";

const REFRESH_MS = 15_000;

/** An asset and every meter on it with its latest readings. */
async function ask(id: string, signal: AbortSignal): Promise<{ asset: AssetDetail; meters: MeterDetail[] }> {
  const asset = await getAsset(id, signal);
  return { asset, meters: await Promise.all(asset.meters.map((meter) => getMeter(meter.id, signal))) };
}

/** What feeds it, the nearest first. */
function Upstream({ upstream }: { upstream: string[] }) {
  const { t, say } = useWords();
  const { data } = useResource(upstream.join(), (signal) =>
    Promise.all(upstream.map((id) => getAsset(id, signal).catch(() => null))),
  );
  if (upstream.length === 0) return null;
  return (
    <p class="note upstream">
      {t("asset.fedBy")}
      {upstream.map((id, index) => {
        const known = data?.[index];
        return (
          <a key={id} href={assetPath(id)}>
            {known ? say(known.name) : id}
          </a>
        );
      })}
    </p>
  );
}

/** One asset: its load against its limits, what measures it, its alarms. */
export function AssetPage({ asset: id }: { asset: string }) {
  const words = useWords();
  const { t, say } = words;
  const { data, error, reload } = useResource(id, (signal) => ask(id, signal), { everyMs: REFRESH_MS });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const { asset, meters } = data;
  const here = new Set([asset.id, ...asset.meters.map((meter) => meter.id)]);
  return (
    <div class="asset">
      <div class="page-head">
        <Crumbs zone={asset.kind === "zone" ? null : asset.zone} />
        <h1>{say(asset.name)}</h1>
        <span class="muted">{kindName(words, asset.kind)}</span>
        <RangePicker />
      </div>
      <Upstream upstream={asset.upstream} />
      <div class="zone-columns">
        {asset.loads.map((load) => (
          <section key={load.utility} class="panel zone-column" aria-label={t(`utility.${load.utility}`)}>
            <h2>
              <UtilityIcon utility={load.utility} />
              {t(`utility.${load.utility}`)}
            </h2>
            <Demand asset={asset.id} name={say(asset.name)} load={{ ...load, peak: null }} forecast={false} />
          </section>
        ))}
      </div>
      {asset.zone !== null &&
        asset.loads.map((load) => (
          <AssetForecast
            key={load.utility}
            asset={asset.id}
            name={say(asset.name)}
            zone={asset.zone as string}
            load={{ ...load, peak: null }}
          />
        ))}
      <div class="asset-below">
        <section class="panel">
          <h2>{t("asset.meters")}</h2>
          {meters.length === 0 ? <Empty>{t("asset.noMeters")}</Empty> : <MeterTable meters={meters} />}
        </section>
        <section class="panel">
          <h2>{t("asset.alarms")}</h2>
          <OpenAlarms only={(alarm) => here.has(alarm.asset)} />
        </section>
      </div>
    </div>
  );
}
