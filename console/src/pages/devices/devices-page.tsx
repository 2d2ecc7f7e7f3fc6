import type { Key } from "../../i18n/text";
import { useWords } from "../../i18n/text";
import { Tabs } from "../../widgets/tabs";
import { HealthPart } from "./health-part";
import { QuarantinePart } from "./quarantine-part";
import { RulesPart } from "./rules-part";
import { UnknownPart } from "./unknown-part";

const PARTS = { health: HealthPart, unknown: UnknownPart, quarantine: QuarantinePart, rules: RulesPart } as const;
type Part = keyof typeof PARTS;

const isPart = (name: string): name is Part => name in PARTS;

/** Everything about devices: how they are, who is unknown, what waits, and rules to try. */
export function DevicesPage({ part = "health" }: { part?: string }) {
  const { t } = useWords();
  const shown: Part = isPart(part) ? part : "health";
  const Shown = PARTS[shown];
  return (
    <div class="devices">
      <div class="page-head">
        <h1>{t("page.devices")}</h1>
        <Tabs
          label={t("devices.parts")}
          tabs={(Object.keys(PARTS) as Part[]).map((name) => ({
            href: name === "health" ? "/devices" : `/devices/${name}`,
            words: t(`devices.${name}` as Extract<Key, "devices.health">),
            current: name === shown,
          }))}
        />
      </div>
      <Shown />
    </div>
  );
}
