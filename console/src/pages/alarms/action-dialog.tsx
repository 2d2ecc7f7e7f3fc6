import { useId, useState } from "preact/hooks";
import { Problem, path, post } from "../../api/client";
import type { Alarm } from "../../api/types";
import { useWords } from "../../i18n/text";
import { KeyDialog } from "../../shell/key-dialog";
import { Dialog } from "../../widgets/dialog";
import { sentence } from "../../widgets/notice";
import { type Action, DEFAULT_HOURS, SHELVE_HOURS, wordsNeeded } from "./actions";

interface Props {
  action: Action;
  alarm: Alarm;
  onClose: () => void;
  onDone: (alarm: Alarm) => void;
}

function send(action: Action, alarm: Alarm, words: string, hours: number): Promise<Alarm> {
  const body = action === "shelve" ? { reason: words, hours } : { comment: words };
  return post<Alarm>(path("alarms", alarm.rule, alarm.asset, action), body);
}

function HoursField({ hours, onChange }: { hours: number; onChange: (hours: number) => void }) {
  const { t } = useWords();
  const field = useId();
  return (
    <>
      <label for={field}>{t("act.hours")}</label>
      <select id={field} value={hours} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {SHELVE_HOURS.map((choice) => (
          <option key={choice} value={choice}>
            {t("act.hoursOption", { hours: String(choice) })}
          </option>
        ))}
      </select>
    </>
  );
}

/** Asks for the words an action needs, does it, and stays open with the server's reason when it was refused. */
export function ActionDialog({ action, alarm, onClose, onDone }: Props) {
  const words = useWords();
  const { t, say } = words;
  const [written, setWritten] = useState("");
  const [hours, setHours] = useState<number>(DEFAULT_HOURS);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [askKey, setAskKey] = useState(false);
  const field = useId();
  const needed = wordsNeeded(action, alarm);

  async function act(event: Event): Promise<void> {
    event.preventDefault();
    if (needed && written.trim() === "") {
      setError(t("act.fill"));
      return;
    }
    setBusy(true);
    try {
      onDone(await send(action, alarm, written.trim(), hours));
    } catch (refused) {
      setError(refused);
      setBusy(false);
      if (refused instanceof Problem && refused.status === 401) setAskKey(true);
    }
  }

  const label = action === "shelve" ? "act.reason" : needed ? "act.commentRequired" : "act.comment";
  return (
    <Dialog title={t(`act.${action}.title`, { asset: say(alarm.asset_name) })} onClose={onClose}>
      <form onSubmit={act} noValidate>
        <p>{say(alarm.text)}</p>
        <label for={field}>{t(label)}</label>
        <textarea
          id={field}
          rows={3}
          required={needed}
          value={written}
          onInput={(event) => setWritten(event.currentTarget.value)}
        />
        {action === "shelve" && <HoursField hours={hours} onChange={setHours} />}
        {error !== null && (
          <p class="failure" role="alert">
            {typeof error === "string" ? error : sentence(words, error)}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class="primary" disabled={busy}>
            {t(`act.${action}`)}
          </button>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
        </div>
      </form>
      {askKey && <KeyDialog onClose={() => setAskKey(false)} />}
    </Dialog>
  );
}
