import { useWords } from "../i18n/text";
import { province } from "../state/province";
import { useStore } from "../state/store";

/** How an asset's page is reached. */
export const assetPath = (id: string) => `/asset/${encodeURIComponent(id)}`;

/** How a meter's page is reached, or that of one of its quantities. */
export const meterPath = (id: string, quantity?: string) =>
  `/meters/${encodeURIComponent(id)}${quantity === undefined ? "" : `/${encodeURIComponent(quantity)}`}`;

export const zonePath = (id: string) => `/zones/${encodeURIComponent(id)}`;

/** The way back: overview, then the zone and the asset where there are any. */
export function Crumbs({ zone, asset }: { zone: string | null; asset?: { id: string; name: string } }) {
  const { t } = useWords();
  return (
    <nav class="crumb" aria-label={t("app.crumbs")}>
      <a href="/">{t("page.overview")}</a>
      {zone !== null && <ZoneLink zone={zone} />}
      {asset && <a href={assetPath(asset.id)}>{asset.name}</a>}
    </nav>
  );
}

function ZoneLink({ zone }: { zone: string }) {
  const { say } = useWords();
  const name = useStore(province, (known) => known?.zones.find((one) => one.id === zone)?.name);
  return <a href={zonePath(zone)}>{name ? say(name) : zone}</a>;
}
