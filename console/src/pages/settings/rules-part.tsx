import { getRules, type Rule, switchRule } from "../../api/rules";
import { kindName } from "../../i18n/kinds";
import { useWords } from "../../i18n/text";
import { useMay } from "../../state/me";
import { useResource } from "../../state/resource";
import { StateShape } from "../../widgets/icons";
import { Needs } from "../../widgets/needs";
import { Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";
import { useSend } from "../../widgets/use-send";
import { RuleEditor } from "./rule-editor";

const REFRESH_MS = 15_000;
const pathOf = (id: string) => `/settings/rules/${encodeURIComponent(id)}`;

function Row({ rule, may, onSwitch }: { rule: Rule; may: boolean; onSwitch: () => void }) {
  const words = useWords();
  const { t, say } = words;
  return (
    <tr class={rule.enabled ? "" : "muted"}>
      <th scope="row">
        <a href={pathOf(rule.id)}>{say(rule.name)}</a> <span class="muted">{rule.id}</span>
      </th>
      <td>{t(`priority.${rule.priority}`)}</td>
      <td>{kindName(words, rule.watches)}</td>
      <td>
        {t(`alarmRule.${rule.source}`)}
        {(rule.conflict || rule.problem !== "") && (
          <span class="state-mark text-high">
            <StateShape state="high" />
            {rule.problem || t("alarmRule.conflict")}
          </span>
        )}
      </td>
      <td class="figure">{`${rule.open} / ${rule.alarms}`}</td>
      <td>{t(rule.enabled ? "alarmRule.on" : "alarmRule.off")}</td>
      <td>
        {may && (
          <button type="button" onClick={onSwitch}>
            {t(rule.enabled ? "alarmRule.switchOff" : "alarmRule.switchOn")}
          </button>
        )}
      </td>
    </tr>
  );
}

/** Alarm rules: which there are, whether they are on; one of them to change, after it was tried on the past. */
export function RulesPart({ item }: { item?: string }) {
  const { t } = useWords();
  const may = useMay("administrator");
  const { data, error, reload } = useResource("rules", getRules, { everyMs: REFRESH_MS });
  const { problem, run } = useSend();
  if (item !== undefined) return <RuleEditor key={item} id={item} />;
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  return (
    <section class="panel">
      <div class="section-head">
        <h2>{t("settings.rules")}</h2>
        <Needs right="administrator">
          <a href={pathOf("new")}>{t("alarmRule.add")}</a>
        </Needs>
      </div>
      {problem && (
        <p class="failure" role="alert">
          {problem}
        </p>
      )}
      <Scroll label={t("settings.rules")}>
        <table data-testid="rules">
          <thead>
            <tr>
              {(["name", "priority", "watches", "source", "alarms", "state"] as const).map((column) => (
                <th key={column} scope="col" class={column === "alarms" ? "figure" : ""}>
                  {t(`alarmRule.column.${column}`)}
                </th>
              ))}
              <th scope="col">
                <span class="visually-hidden">{t("alarmRule.column.state")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((rule) => (
              <Row
                key={rule.id}
                rule={rule}
                may={may}
                onSwitch={async () => {
                  await run(() => switchRule(rule.id, !rule.enabled));
                  reload();
                }}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
