import type { Utility } from "../../api/types";
import { useWords } from "../../i18n/text";
import { go } from "../../router";
import { province } from "../../state/province";
import { useStore } from "../../state/store";
import { zonePath } from "../../widgets/crumbs";
import { Select } from "../../widgets/field";
import { Empty } from "../../widgets/notice";
import { Accuracy } from "./accuracy";
import { Fan } from "./fan";

const QUANTITIES: Record<Utility, string> = { power: "power", water: "flow" };
const pathOf = (zone: string, quantity: string) => `/forecasts/${encodeURIComponent(zone)}/${quantity}`;

/** What planners look at: what will be, what was said before, and how good it was. */
export function ForecastsPage({ target, quantity = "power" }: { target?: string; quantity?: string }) {
  const { t, say } = useWords();
  const known = useStore(province);
  const zones = known?.zones ?? [];
  const zone = zones.find((one) => one.id === target) ?? zones[0];
  if (!zone) return <Empty>{t("overview.noZones")}</Empty>;
  const utilities = (Object.keys(QUANTITIES) as Utility[]).filter((utility) => known?.utilities.includes(utility));
  const utility = utilities.find((one) => QUANTITIES[one] === quantity) ?? "power";
  return (
    <div class="forecasts">
      <div class="page-head">
        <h1>{t("page.forecasts")}</h1>
        <Select
          label={t("page.zone")}
          hiddenLabel
          value={zone.id}
          onChange={(chosen) => go(pathOf(chosen, quantity))}
          options={zones.map((one) => [one.id, say(one.name)])}
        />
        <Select
          label={t("column.utility")}
          hiddenLabel
          value={quantity}
          onChange={(chosen) => go(pathOf(zone.id, chosen))}
          options={utilities.map((one) => [QUANTITIES[one], t(`utility.${one}`)])}
        />
        <a href={zonePath(zone.id)}>{t("alarm.zone")}</a>
      </div>
      <Fan key={`${zone.id}/${quantity}`} zone={zone.id} name={say(zone.name)} utility={utility} />
      <Accuracy key={`accuracy/${zone.id}/${quantity}`} zone={zone.id} quantity={quantity} />
    </div>
  );
}
