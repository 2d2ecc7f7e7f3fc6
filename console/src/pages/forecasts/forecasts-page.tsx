import { useState } from "preact/hooks";
import { getIssues } from "../../api/forecasts";
import type { Utility } from "../../api/types";
import { DAY_MS, MINUTE_MS } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { go } from "../../router";
import { now } from "../../state/clock";
import { province } from "../../state/province";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { zonePath } from "../../widgets/crumbs";
import { Select } from "../../widgets/field";
import { Empty } from "../../widgets/notice";
import { Accuracy } from "./accuracy";
import { Fan } from "./fan";
import { PeakTable } from "./peak-table";
import { Scores } from "./scores";
import { WhatIf } from "./what-if";

const QUANTITIES: Record<Utility, string> = { power: "power", water: "flow" };
const ISSUE_DAYS = 14;
const REFRESH_MS = 5 * MINUTE_MS;
const pathOf = (zone: string, quantity: string) => `/forecasts/${encodeURIComponent(zone)}/${quantity}`;

interface Shown {
  zone: string;
  name: string;
  utility: Utility;
}

/** Forecasts of one target: the latest, or one that was issued before, chosen by when. */
function Forecasts({ zone, name, utility }: Shown) {
  const { t, format } = useWords();
  const [issue, setIssue] = useState("");
  const of = { target: zone, quantity: QUANTITIES[utility] };
  const { data } = useResource("issues", (signal) => getIssues(of, ISSUE_DAYS, signal), { everyMs: REFRESH_MS });
  const earlier = [...(data?.items ?? [])].reverse().slice(1);
  const issuedByMs = issue === "" ? null : Number(issue);
  const dayAgo = earlier.find((one) => one.issue_ms <= now.value - DAY_MS);
  const otherMs = issuedByMs === null ? (dayAgo?.issue_ms ?? null) : (data?.items.at(-1)?.issue_ms ?? null);
  return (
    <>
      <div class="row-form">
        <Select
          label={t("forecast.issued")}
          value={issue}
          onChange={setIssue}
          options={[
            ["", t("forecast.latest")],
            ...earlier.map((one) => [String(one.issue_ms), format.dateTime(one.issue_ms)] as const),
          ]}
        />
      </div>
      <Fan
        key={`fan/${issue}/${otherMs}`}
        of={of}
        name={name}
        utility={utility}
        issuedByMs={issuedByMs}
        otherMs={otherMs}
      />
      <PeakTable key={`peaks/${issue}`} of={of} issuedByMs={issuedByMs} />
      <Scores of={of} />
      <Accuracy of={of} />
      <WhatIf of={of} name={name} />
    </>
  );
}

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
      <Forecasts key={`${zone.id}/${utility}`} zone={zone.id} name={say(zone.name)} utility={utility} />
    </div>
  );
}
