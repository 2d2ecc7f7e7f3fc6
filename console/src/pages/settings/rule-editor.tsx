import { useState } from "preact/hooks";
import { orNone } from "../../api/client";
import {
  checkRules,
  getRule,
  type Rule,
  type RuleProblem,
  type RuleTrial,
  type RuleVersion,
  revertRule,
  saveRule,
  tryRulesOnPast,
} from "../../api/rules";
import { DAY_MS } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { now, useHour } from "../../state/clock";
import { useMay } from "../../state/me";
import { useResource } from "../../state/resource";
import { Select, TextArea } from "../../widgets/field";
import { Needs } from "../../widgets/needs";
import { Failure, Loading } from "../../widgets/notice";
import { useSend } from "../../widgets/use-send";
import { RuleOutcome } from "./rule-outcome";
import { toYaml } from "./yaml";

const DAYS = ["1", "7", "28"] as const;

type Known = Rule & { history: RuleVersion[] };

const NEW: Record<string, unknown> = {
  id: "my-rule",
  kind: "limit",
  name: { vi: "", en: "" },
  watches: { kind: "feeder" },
  priority: "medium",
};

function Problems({ problems }: { problems: RuleProblem[] }) {
  const { t } = useWords();
  return (
    <ul class="failure" role="alert">
      {problems.map((problem) => (
        <li key={`${problem.line}/${problem.key}/${problem.what}`}>
          {t("alarmRule.problem", {
            line: String(problem.line),
            key: problem.key,
            what: problem.what,
            mend: problem.mend,
          })}
        </li>
      ))}
    </ul>
  );
}

function History({ history }: { history: RuleVersion[] }) {
  const { t, format } = useWords();
  const hour = useHour();
  if (history.length === 0) return null;
  return (
    <section>
      <h3>{t("alarm.history")}</h3>
      <ol>
        {history.map((edit) => (
          <li key={edit.version}>
            {t("alarmRule.version", {
              version: String(edit.version),
              person: edit.person,
              time: format.timeNear(edit.at_ms, hour),
              state: t(edit.enabled ? "alarmRule.on" : "alarmRule.off"),
            })}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The wording of a rule: checked line by line, tried on the past, and only then kept. */
function Editor({ rule, onSaved }: { rule: Known | null; onSaved: () => void }) {
  const { t } = useWords();
  const mayTry = useMay("planner");
  const maySave = useMay("administrator");
  const [text, setText] = useState(() => toYaml({ rules: [rule?.definition ?? NEW] }));
  const [days, setDays] = useState<(typeof DAYS)[number]>("1");
  const [problems, setProblems] = useState<RuleProblem[]>([]);
  const [trial, setTrial] = useState<{ text: string; outcome: RuleTrial } | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const { busy, problem, run, complain } = useSend();
  const tried = trial !== null && trial.text === text;

  async function attempt(event: Event): Promise<void> {
    event.preventDefault();
    setDone(null);
    const checked = await run(() => checkRules(text));
    setProblems(checked?.problems ?? []);
    if (!checked || checked.problems.length > 0) return;
    const endMs = now.value;
    const outcome = await run(() => tryRulesOnPast(text, endMs - Number(days) * DAY_MS, endMs));
    if (outcome) setTrial({ text, outcome });
  }

  async function save(): Promise<void> {
    const checked = await run(() => checkRules(text));
    const definition = checked?.definitions[0];
    if (!checked || !definition) return;
    const id = String(definition.id);
    if (checked.definitions.length !== 1 || (rule !== null && id !== rule.id)) return complain(t("alarmRule.one"));
    const saved = await run(() => saveRule(id, definition, rule?.version ?? 0));
    if (!saved) return;
    setDone(t("alarmRule.saved", { rule: saved.id }));
    onSaved();
  }

  return (
    <section class="panel">
      <Needs right="planner" />
      <form onSubmit={attempt} class="stack yaml">
        <TextArea label={t("alarmRule.text")} value={text} onInput={setText} rows={24} />
        {mayTry && (
          <div class="row-form">
            <Select
              label={t("alarmRule.over")}
              value={days}
              onChange={setDays}
              options={DAYS.map((count) => [count, count === "1" ? t("range.day") : t("forecast.days", { count })])}
            />
            <div class="buttons">
              <button type="submit" class={tried ? "" : "primary"} disabled={busy}>
                {t("alarmRule.try")}
              </button>
              {maySave && (
                <button
                  type="button"
                  class={tried ? "primary" : ""}
                  disabled={busy || !tried}
                  title={tried ? undefined : t("alarmRule.tryFirst")}
                  onClick={() => void save()}
                >
                  {t("edit.save")}
                </button>
              )}
              {maySave && rule?.source === "edited" && (
                <button
                  type="button"
                  disabled={busy}
                  onClick={async () => {
                    if (await run(() => revertRule(rule.id))) onSaved();
                  }}
                >
                  {t("alarmRule.revert")}
                </button>
              )}
            </div>
          </div>
        )}
      </form>
      {maySave && !tried && <p class="note">{t("alarmRule.tryFirst")}</p>}
      {problems.length > 0 && <Problems problems={problems} />}
      {problem && (
        <p class="failure" role="alert">
          {problem}
        </p>
      )}
      {done && <p role="status">{done}</p>}
      {trial && <RuleOutcome trial={trial.outcome} />}
      {rule && <History history={rule.history} />}
    </section>
  );
}

export function RuleEditor({ id }: { id: string }) {
  const { t, say } = useWords();
  const isNew = id === "new";
  const { data, error, reload } = useResource(id, async (signal) => ({
    rule: isNew ? null : await orNone(getRule(id, signal)),
  }));
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  return (
    <>
      <p class="crumb">
        <a href="/settings/rules">{t("settings.rules")}</a>
        <strong>{data.rule ? say(data.rule.name) : t("alarmRule.add")}</strong>
      </p>
      <Editor key={`${data.rule?.source}/${data.rule?.version}`} rule={data.rule} onSaved={reload} />
    </>
  );
}
