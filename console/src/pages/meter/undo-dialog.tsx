import { useState } from "preact/hooks";
import { useWords } from "../../i18n/text";
import { Dialog } from "../../widgets/dialog";
import { TextArea } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { useSend } from "../../widgets/use-send";

interface Props {
  title: string;
  /** Who did it, and why. */
  what: string;
  undo: (reason: string) => Promise<unknown>;
  onClose: () => void;
  onDone: () => void;
}

/** Takes something back that somebody entered, with a reason. */
export function UndoDialog({ title, what, undo, onClose, onDone }: Props) {
  const { t } = useWords();
  const [reason, setReason] = useState("");
  const { busy, problem, run, complain } = useSend();

  async function takeBack(event: Event): Promise<void> {
    event.preventDefault();
    if (reason.trim() === "") return complain(t("act.fill"));
    if (await run(() => undo(reason.trim()))) onDone();
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={takeBack} noValidate>
        <p>{what}</p>
        <TextArea label={t("act.reason")} value={reason} onInput={setReason} required />
        <FormEnd send={t("edit.undo")} busy={busy} problem={problem} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
