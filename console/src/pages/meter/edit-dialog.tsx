import { useState } from "preact/hooks";
import { type EditAction, makeEdit } from "../../api/metering";
import type { MeterDetail } from "../../api/meters";
import { numberOf, shownUnit } from "../../i18n/format";
import { fieldTime, instantOf } from "../../i18n/local-day";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { timezone } from "../../state/province";
import { DayField } from "../../widgets/day-field";
import { Dialog } from "../../widgets/dialog";
import { Field, Select, TextArea } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { useSend } from "../../widgets/use-send";

export interface Stretch {
  startMs: number;
  endMs: number;
  /** What stands there now, in the unit it is kept in. */
  value: number | null;
}

interface Props {
  meter: MeterDetail;
  quantity: string;
  unit: string;
  stretch: Stretch;
  onClose: () => void;
  onDone: () => void;
}

const ACTIONS: readonly EditAction[] = ["set", "confirm", "discard"];

/** Puts other final values in place of a stretch's, with a reason that stays beside them. */
export function EditDialog({ meter, quantity, unit, stretch, onClose, onDone }: Props) {
  const words = useWords();
  const { t } = words;
  const shown = shownUnit(unit);
  const [from, setFrom] = useState(fieldTime(stretch.startMs, timezone()));
  const [to, setTo] = useState(fieldTime(stretch.endMs, timezone()));
  const [action, setAction] = useState<EditAction>("set");
  const [value, setValue] = useState(stretch.value === null ? "" : words.format.typed(stretch.value * shown.factor));
  const [reason, setReason] = useState("");
  const { busy, problem, run, complain } = useSend();

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const typed = numberOf(value);
    if (from === "" || to === "") return complain(t("date.wrongTime"));
    if (reason.trim() === "") return complain(t("act.fill"));
    if (action === "set" && typed === null) return complain(t("edit.notNumber"));
    const made = await run(() =>
      makeEdit(meter.id, {
        quantity,
        start_ms: instantOf(from, timezone()),
        end_ms: instantOf(to, timezone()),
        action,
        value: action === "set" && typed !== null ? typed / shown.factor : null,
        reason: reason.trim(),
      }),
    );
    if (made) onDone();
  }

  return (
    <Dialog title={t("edit.title", { quantity: quantityName(words, quantity) })} onClose={onClose}>
      <form onSubmit={save} noValidate>
        <DayField label={t("range.from")} withTime value={from} onInput={setFrom} required />
        <DayField label={t("edit.until")} withTime value={to} onInput={setTo} required />
        <Select
          label={t("edit.action")}
          value={action}
          onChange={setAction}
          options={ACTIONS.map((name) => [name, t(`edit.${name}`)])}
        />
        {action === "set" && (
          <Field label={t("edit.value", { unit: shown.unit })} value={value} onInput={setValue} required />
        )}
        <TextArea label={t("act.reason")} value={reason} onInput={setReason} required />
        <FormEnd send={t("edit.save")} busy={busy} problem={problem} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
