import { useState } from "preact/hooks";
import { type Edit, undoEdit } from "../../api/metering";
import { useWords } from "../../i18n/text";
import { Dialog } from "../../widgets/dialog";
import { TextArea } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { useSend } from "../../widgets/use-send";

/** Takes an edit back, with a reason. */
export function UndoDialog({ edit, onClose, onDone }: { edit: Edit; onClose: () => void; onDone: () => void }) {
  const { t } = useWords();
  const [reason, setReason] = useState("");
  const { busy, problem, run, complain } = useSend();

  async function undo(event: Event): Promise<void> {
    event.preventDefault();
    if (reason.trim() === "") return complain(t("act.fill"));
    if (await run(() => undoEdit(edit.id, reason.trim()))) onDone();
  }

  return (
    <Dialog title={t("edit.undoTitle")} onClose={onClose}>
      <form onSubmit={undo} noValidate>
        <p>{`${edit.person}: ${edit.reason}`}</p>
        <TextArea label={t("act.reason")} value={reason} onInput={setReason} required />
        <FormEnd send={t("edit.undo")} busy={busy} problem={problem} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
