import { useState } from "preact/hooks";
import { path, post } from "../../api/client";
import type { Alarm } from "../../api/types";
import { useWords } from "../../i18n/text";
import { Dialog } from "../../widgets/dialog";
import { Select, TextArea } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { useSend } from "../../widgets/use-send";
import { type Action, DEFAULT_HOURS, SHELVE_HOURS, wordsNeeded } from "./actions";

interface Props {
  action: Action;
  alarm: Alarm;
  onClose: () => void;
  onDone: (alarm: Alarm) => void;
}

function send(action: Action, alarm: Alarm, words: string, hours: number): Promise<Alarm> {
  const reason = { reason: words };
  const body = action === "shelve" ? { ...reason, hours } : action === "out-of-service" ? reason : { comment: words };
  return post<Alarm>(path("alarms", alarm.rule, alarm.asset, action), body);
}

/** Asks for the words an action needs, does it, and stays open with the server's reason when it was refused. */
export function ActionDialog({ action, alarm, onClose, onDone }: Props) {
  const { t, say } = useWords();
  const [written, setWritten] = useState("");
  const [hours, setHours] = useState<string>(String(DEFAULT_HOURS));
  const { busy, problem, run, complain } = useSend();
  const needed = wordsNeeded(action, alarm);

  async function act(event: Event): Promise<void> {
    event.preventDefault();
    if (needed && written.trim() === "") {
      complain(t("act.fill"));
      return;
    }
    const changed = await run(() => send(action, alarm, written.trim(), Number(hours)));
    if (changed) onDone(changed);
  }

  const isReason = action === "shelve" || action === "out-of-service";
  return (
    <Dialog title={t(`act.${action}.title`, { asset: say(alarm.asset_name) })} onClose={onClose}>
      <form onSubmit={act} noValidate>
        <p>{say(alarm.text)}</p>
        {action === "out-of-service" && <p class="note">{t("act.out-of-service.explain")}</p>}
        <TextArea
          label={t(isReason ? "act.reason" : needed ? "act.commentRequired" : "act.comment")}
          value={written}
          onInput={setWritten}
          required={needed}
          rows={3}
        />
        {action === "shelve" && (
          <Select
            label={t("act.hours")}
            value={hours}
            onChange={setHours}
            options={SHELVE_HOURS.map((choice) => [String(choice), t("act.hoursOption", { hours: String(choice) })])}
          />
        )}
        <FormEnd send={t(`act.${action}`)} busy={busy} problem={problem} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
