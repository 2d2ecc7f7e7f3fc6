import { useWords } from "../../i18n/text";
import { Needs } from "../../widgets/needs";
import { Tabs } from "../../widgets/tabs";
import { AuditPart } from "./audit-part";
import { DutyPart } from "./duty-part";
import { HealthPart } from "./health-part";
import { KeysPart } from "./keys-part";
import { PeoplePart } from "./people-part";
import { RulesPart } from "./rules-part";

const PARTS = {
  health: HealthPart,
  rules: RulesPart,
  duty: DutyPart,
  people: PeoplePart,
  keys: KeysPart,
  audit: AuditPart,
};
type Part = keyof typeof PARTS;

const isPart = (name: string): name is Part => name in PARTS;
/** What administrators alone may even look at. */
const THEIRS: readonly Part[] = ["people", "keys", "audit"];

/** The system itself: how it is, its rules, who is on duty, who may do what, and what they did. */
export function SettingsPage({ part = "health", item }: { part?: string; item?: string }) {
  const { t } = useWords();
  const shown: Part = isPart(part) ? part : "health";
  const Shown = PARTS[shown];
  return (
    <div class="settings">
      <div class="page-head">
        <h1>{t("page.settings")}</h1>
        <Tabs
          label={t("settings.parts")}
          tabs={(Object.keys(PARTS) as Part[]).map((name) => ({
            href: name === "health" ? "/settings" : `/settings/${name}`,
            words: t(`settings.${name}`),
            current: name === shown,
          }))}
        />
      </div>
      {THEIRS.includes(shown) ? (
        <Needs right="administrator">
          <Shown />
        </Needs>
      ) : (
        <Shown {...(item === undefined ? {} : { item })} />
      )}
    </div>
  );
}
