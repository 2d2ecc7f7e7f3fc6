import { useWords } from "../../i18n/text";
import { AlarmTabs } from "./alarm-tabs";
import { IncidentsPart } from "./incidents-part";
import { MetricsPart } from "./metrics-part";
import { OutagesPart } from "./outages-part";

const PARTS = { incidents: IncidentsPart, outages: OutagesPart, metrics: MetricsPart };
type Part = keyof typeof PARTS;

const isPart = (name: string): name is Part => name in PARTS;

/** What belongs to alarms besides the list of them. */
export function AlarmsMorePage({ part }: { part: string }) {
  const { t } = useWords();
  const shown: Part = isPart(part) ? part : "incidents";
  const Shown = PARTS[shown];
  return (
    <div class="settings">
      <div class="page-head">
        <h1>{t("page.alarms")}</h1>
        <AlarmTabs current={shown} />
      </div>
      <Shown />
    </div>
  );
}
