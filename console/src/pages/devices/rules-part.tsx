import { useState } from "preact/hooks";
import {
  applyRules,
  getSavedRules,
  type Replayed,
  type SavedRules,
  saveRules,
  type Trial,
  tryRules,
} from "../../api/devices";
import { useWords, type Words } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { useResource } from "../../state/resource";
import { TextArea } from "../../widgets/field";
import { Needs } from "../../widgets/needs";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { useSend } from "../../widgets/use-send";
import { TrialOutcome } from "./trial";

const EXAMPLE = `rules:
  - topic: site/{hall}/meters
    records: meters
    device_path: serial
    fields:
      values.P: {quantity: power, unit: W}
`;

/** What became of messages that waited, in words. */
const replayedWords = ({ t }: Words, { messages, readings, left }: Replayed) =>
  t("devices.replayed", { messages: String(messages), readings: String(readings), left: String(left) });

function Apply() {
  const words = useWords();
  const { t } = words;
  const { busy, problem, run } = useSend();
  const [done, setDone] = useState<string | null>(null);
  async function take(): Promise<void> {
    const answer = await run(applyRules);
    if (answer) setDone(replayedWords(words, answer));
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

interface EditorProps {
  /** The text to begin with, and the version it is of; 0: nothing was saved yet. */
  begin: string;
  version: number;
  onSaved: (told: string) => void;
}

/** Rules are tried on the last messages and on what waits; those that were tried can be saved. */
function Editor({ begin, version, onSaved }: EditorProps) {
  const words = useWords();
  const { t } = words;
  const [rules, setRules] = useState(begin);
  const [trial, setTrial] = useState<Trial | null>(null);
  const { busy, problem, run } = useSend();

  async function attempt(event: Event): Promise<void> {
    event.preventDefault();
    setTrial((await run(() => tryRules(rules))) ?? null);
  }

  async function save(): Promise<void> {
    const saved = await run(() => saveRules(rules, version));
    if (saved)
      onSaved(`${t("rules.saved", { version: String(saved.version) })} ${replayedWords(words, saved.replayed)}`);
  }

  return (
    <>
      <form onSubmit={attempt} class="stack yaml">
        <p class="note">{t("rules.explain")}</p>
        <TextArea
          label={t("rules.text")}
          value={rules}
          onInput={(typed) => {
            setRules(typed);
            setTrial(null);
          }}
          rows={12}
        />
        {problem && (
          <p class="failure" role="alert">
            {problem}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class={trial ? "" : "primary"} disabled={busy}>
            {t("rules.try")}
          </button>
          <button type="button" class={trial ? "primary" : ""} disabled={busy || !trial} onClick={() => void save()}>
            {t("rules.save")}
          </button>
        </div>
      </form>
      {trial && <TrialOutcome trial={trial} />}
    </>
  );
}

/** Versions that were saved, the one in force first; an earlier one can be taken up again. */
function Versions({ items, onTake }: { items: SavedRules[]; onTake: (rules: string) => void }) {
  const { t, format } = useWords();
  const hour = useHour();
  return (
    <section class="panel">
      <h2>{t("rules.versions")}</h2>
      {items.length === 0 && <Empty>{t("rules.noVersions")}</Empty>}
      <ol class="edits" data-testid="rule-versions">
        {items.map(({ version, person, at_ms, rules }, index) => (
          <li key={version}>
            <p>
              <strong>{t("rules.version", { version: String(version) })}</strong>{" "}
              {`${person}, ${format.timeNear(at_ms, hour)}`}
            </p>
            {index === 0 ? (
              <p class="muted">{t("rules.inForce")}</p>
            ) : (
              <button type="button" onClick={() => onTake(rules)}>
                {t("rules.take")}
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Mapping rules: tried, saved, and what was saved before; or taken up from the registry's files. */
export function RulesPart() {
  const { t } = useWords();
  const { data, error, reload } = useResource("mappings", getSavedRules);
  const [taken, setTaken] = useState<string | null>(null);
  const [told, setTold] = useState<string | null>(null);
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const latest = data.items[0];
  const begin = taken ?? latest?.rules ?? EXAMPLE;
  return (
    <Needs right="administrator">
      <section class="panel">
        <h2>{t("devices.rules")}</h2>
        {data.problem && (
          <p class="failure" role="alert">
            {t("rules.unusable", { detail: data.problem })}
          </p>
        )}
        {told && <p role="status">{told}</p>}
        <Editor
          key={`${latest?.version ?? 0}/${begin}`}
          begin={begin}
          version={latest?.version ?? 0}
          onSaved={(words) => {
            setTold(words);
            setTaken(null);
            reload();
          }}
        />
      </section>
      <Versions items={data.items} onTake={setTaken} />
      <Apply />
    </Needs>
  );
}
