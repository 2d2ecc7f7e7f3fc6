import { useState } from "preact/hooks";
import { applyRules, type Trial, type TrialLine, tryRules } from "../../api/devices";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { meterPath } from "../../widgets/crumbs";
import { TextArea } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { Needs } from "../../widgets/needs";
import { Scroll } from "../../widgets/scroll";
import { useSend } from "../../widgets/use-send";
import { reasonWords } from "./reasons";

const EXAMPLE = `rules:
  - topic: site/{hall}/meters
    records: meters
    device_path: serial
    fields:
      values.P: {quantity: power, unit: W}
`;

function Lines({ title, lines, count }: { title: string; lines: TrialLine[]; count: number }) {
  const words = useWords();
  const { t, format } = words;
  if (lines.length === 0) return null;
  const written = (value: number | null) => (value === null ? "–" : format.figures(value));
  return (
    <section>
      <h3>{`${title}: ${format.number(count, 0)}`}</h3>
      <Scroll label={title} tall>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("chart.time")}</th>
              <th scope="col">{t("page.meter")}</th>
              <th scope="col">{t("meter.quantity")}</th>
              <th scope="col" class="figure">
                {t("rules.before")}
              </th>
              <th scope="col" class="figure">
                {t("rules.after")}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              // The answer is listed once and never changes: a line's place is its key.
              <tr key={index}>
                <td>{format.dateTime(line.time_ms)}</td>
                <td>
                  <a href={meterPath(line.meter)}>{line.meter}</a>
                </td>
                <td>{quantityName(words, line.quantity)}</td>
                <td class="figure">{written(line.before)}</td>
                <td class="figure">{written(line.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** What rules would do, before anybody trusts them. */
function Outcome({ trial }: { trial: Trial }) {
  const words = useWords();
  const { t, format } = words;
  const count = (kind: string, lines: unknown[]) => trial.counts[kind] ?? lines.length;
  return (
    <div class="stack" data-testid="trial">
      <p role="status">
        {t("rules.outcome", {
          recent: format.number(trial.recent, 0),
          waiting: format.number(trial.quarantined, 0),
          same: format.number(trial.same, 0),
        })}
      </p>
      <Lines title={t("rules.added")} lines={trial.added} count={count("added", trial.added)} />
      <Lines title={t("rules.changed")} lines={trial.changed} count={count("changed", trial.changed)} />
      <Lines title={t("rules.gone")} lines={trial.gone} count={count("gone", trial.gone)} />
      {trial.waiting.length > 0 && (
        <section>
          <h3>{t("rules.waiting")}</h3>
          <ul>
            {trial.waiting.map((cause) => (
              <li key={`${cause.topic}/${cause.reason}/${cause.device}/${cause.detail}`}>
                {`${reasonWords(words, cause.reason)} · ${cause.device || cause.topic} · ${cause.detail} `}
                <span class="muted">{t("devices.waiting", { count: String(cause.messages) })}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Apply() {
  const { t } = useWords();
  const { busy, problem, run } = useSend();
  const [done, setDone] = useState<string | null>(null);
  async function take(): Promise<void> {
    const answer = await run(applyRules);
    if (!answer) return;
    const { messages, readings, left } = answer;
    setDone(t("devices.replayed", { messages: String(messages), readings: String(readings), left: String(left) }));
  }
  return (
    <section class="panel stack">
      <h2>{t("rules.apply")}</h2>
      <p>{t("rules.applyExplain")}</p>
      <div class="buttons">
        <button type="button" disabled={busy} onClick={() => void take()}>
          {t("rules.apply")}
        </button>
      </div>
      {done && <p role="status">{done}</p>}
      {problem && (
        <p class="failure" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

/** Mapping rules tried on the last messages and on what waits; nothing is stored. */
export function RulesPart() {
  const { t } = useWords();
  const [rules, setRules] = useState(EXAMPLE);
  const [instead, setInstead] = useState(false);
  const [trial, setTrial] = useState<Trial | null>(null);
  const { busy, problem, run } = useSend();

  async function attempt(event: Event): Promise<void> {
    event.preventDefault();
    setTrial((await run(() => tryRules(rules, instead))) ?? null);
  }

  return (
    <Needs right="administrator">
      <section class="panel">
        <h2>{t("rules.try")}</h2>
        <form onSubmit={attempt} class="stack yaml">
          <p class="note">{t("rules.explain")}</p>
          <TextArea label={t("rules.text")} value={rules} onInput={setRules} rows={12} />
          <label class="check">
            <input type="checkbox" checked={instead} onChange={(event) => setInstead(event.currentTarget.checked)} />
            {t("rules.instead")}
          </label>
          <FormEnd send={t("rules.try")} busy={busy} problem={problem} />
        </form>
        {trial && <Outcome trial={trial} />}
      </section>
      <Apply />
    </Needs>
  );
}
