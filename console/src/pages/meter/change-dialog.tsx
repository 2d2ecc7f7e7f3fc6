import { useState } from "preact/hooks";
import { makeChange, type NewChange, previewChange, type Shift } from "../../api/metering";
import type { MeterDetail } from "../../api/meters";
import { numberOf, shownUnit, unitSign } from "../../i18n/format";
import { dayOf, dayStart, fieldTime, instantOf } from "../../i18n/local-day";
import { isRegister, quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { timezone } from "../../state/province";
import { DayField } from "../../widgets/day-field";
import { Dialog } from "../../widgets/dialog";
import { Field, Select, TextArea } from "../../widgets/field";
import { FormEnd } from "../../widgets/form-end";
import { Scroll } from "../../widgets/scroll";
import { useSend } from "../../widgets/use-send";

const KINDS = ["factor", "exchange"] as const;
type Kind = (typeof KINDS)[number];

/** What the fields of the form hold, as typed. */
interface Typed {
  kind: Kind;
  day: string;
  at: string;
  factor: string;
  registers: Record<string, { last: string; first: string }>;
  reason: string;
}

/** What is wrong with the day or time in the form. */
const missingDay = ({ kind, day, at }: Typed) =>
  kind === "factor" ? (day === "" ? "date.wrong" : null) : at === "" ? "date.wrongTime" : null;

/** What is to be entered; null while a number is missing. Registers of which nothing was typed go on as they were. */
function changeOf({ kind, day, at, factor, registers, reason }: Typed): NewChange | null {
  if (kind === "factor") {
    const ratio = numberOf(factor);
    return ratio === null ? null : { from_ms: dayStart(day, timezone()), factor: ratio, registers: {}, reason };
  }
  const read: NewChange["registers"] = {};
  for (const [name, typed] of Object.entries(registers)) {
    if (typed.last === "" && typed.first === "") continue;
    const [last, first] = [numberOf(typed.last), numberOf(typed.first)];
    if (last === null || first === null) return null;
    read[name] = { last, first };
  }
  if (Object.keys(read).length === 0) return null;
  return { from_ms: instantOf(at, timezone()), factor: null, registers: read, reason };
}

/** One quantity by local day: what is stored, and what would take its place. */
function ShiftTable({ shift }: { shift: Shift }) {
  const words = useWords();
  const { t, format } = words;
  const { factor, unit } = shownUnit(shift.unit);
  const written = (value: number | null | undefined) => format.number(value == null ? null : value * factor);
  const name = quantityName(words, shift.quantity);
  return (
    <section>
      <h3>{`${name}, ${unit}`}</h3>
      <Scroll label={name} tall>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("change.day")}</th>
              <th scope="col" class="figure">
                {t("change.before")}
              </th>
              <th scope="col" class="figure">
                {t("change.after")}
              </th>
            </tr>
          </thead>
          <tbody>
            {shift.start_ms.map((start, index) => (
              <tr key={start}>
                <th scope="row">{format.day(start)}</th>
                <td class="figure">{written(shift.before[index])}</td>
                <td class="figure">{written(shift.after[index])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Preview({ shifts }: { shifts: Shift[] }) {
  const { t } = useWords();
  const days = Math.max(0, ...shifts.map((shift) => shift.start_ms.length));
  return (
    <div class="stack" data-testid="change-preview">
      <p role="status">{days === 0 ? t("change.movesNothing") : t("change.moves", { count: String(days) })}</p>
      {shifts.map((shift) => (
        <ShiftTable key={shift.quantity} shift={shift} />
      ))}
    </div>
  );
}

interface FieldsProps {
  meter: MeterDetail;
  typed: Typed;
  type: (changed: Partial<Typed>) => void;
}

/** Last reading of the old register and first of the new one, of each register that the meter has. */
function Registers({ meter, typed, type }: FieldsProps) {
  const words = useWords();
  const { t } = words;
  const unitOf = (name: string) => unitSign(meter.values.find((value) => value.quantity === name)?.unit ?? "");
  return (
    <>
      {meter.quantities.filter(isRegister).map((name) => {
        const held = typed.registers[name] ?? { last: "", first: "" };
        const put = (changed: Partial<typeof held>) =>
          type({ registers: { ...typed.registers, [name]: { ...held, ...changed } } });
        return (
          <fieldset key={name} class="pair">
            <legend>{`${quantityName(words, name)} ${unitOf(name)}`}</legend>
            <Field label={t("change.last")} value={held.last} onInput={(last) => put({ last })} />
            <Field label={t("change.first")} value={held.first} onInput={(first) => put({ first })} />
          </fieldset>
        );
      })}
    </>
  );
}

function Fields({ meter, typed, type }: FieldsProps) {
  const { t } = useWords();
  const kinds = KINDS.filter((kind) => kind === "factor" || meter.quantities.some(isRegister));
  return (
    <>
      <Select
        label={t("change.kind")}
        value={typed.kind}
        onChange={(kind) => type({ kind })}
        options={kinds.map((kind) => [kind, t(`change.${kind}`)])}
      />
      {typed.kind === "factor" ? (
        <>
          <DayField
            label={t("change.fromDay")}
            value={typed.day}
            onInput={(day) => type({ day })}
            hint={t("change.wholeDays")}
            required
          />
          <Field label={t("change.factorField")} value={typed.factor} onInput={(factor) => type({ factor })} required />
        </>
      ) : (
        <>
          <DayField label={t("change.at")} withTime value={typed.at} onInput={(at) => type({ at })} required />
          <Registers meter={meter} typed={typed} type={type} />
        </>
      )}
      <TextArea label={t("act.reason")} value={typed.reason} onInput={(reason) => type({ reason })} required />
    </>
  );
}

interface Props {
  meter: MeterDetail;
  onClose: () => void;
  onDone: () => void;
}

/** Enters another ratio or an exchange of the meter: what it would move is seen before it is saved. */
export function ChangeDialog({ meter, onClose, onDone }: Props) {
  const { t, format } = useWords();
  const [typed, setTyped] = useState<Typed>({
    kind: "factor",
    day: dayOf(now.value, timezone()),
    at: fieldTime(now.value, timezone()),
    factor: format.typed(meter.ratio),
    registers: {},
    reason: "",
  });
  const [shifts, setShifts] = useState<Shift[] | null>(null);
  const { busy, problem, run, complain } = useSend();

  function type(changed: Partial<Typed>): void {
    setTyped({ ...typed, ...changed });
    setShifts(null);
  }

  async function go(event: Event): Promise<void> {
    event.preventDefault();
    const wrong = missingDay(typed);
    if (wrong !== null) return complain(t(wrong));
    const change = changeOf({ ...typed, reason: typed.reason.trim() });
    if (change?.reason === "") return complain(t("act.fill"));
    if (change === null) return complain(t("edit.notNumber"));
    if (shifts === null) setShifts((await run(() => previewChange(meter.id, change))) ?? null);
    else if (await run(() => makeChange(meter.id, change))) onDone();
  }

  return (
    <Dialog title={t("change.enter")} onClose={onClose}>
      <form onSubmit={go} noValidate class="stack">
        <Fields meter={meter} typed={typed} type={type} />
        {shifts && <Preview shifts={shifts} />}
        <FormEnd
          send={t(shifts === null ? "change.preview" : "edit.save")}
          busy={busy}
          problem={problem}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
