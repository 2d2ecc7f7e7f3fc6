import { useState } from "preact/hooks";
import { getChanges, type MeterChange, undoChange } from "../../api/metering";
import type { MeterDetail } from "../../api/meters";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { useMay } from "../../state/me";
import { useResource } from "../../state/resource";
import { Needs } from "../../widgets/needs";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { ChangeDialog } from "./change-dialog";
import { UndoDialog } from "./undo-dialog";

function Outcome({ change }: { change: MeterChange }) {
  const words = useWords();
  const { t, format } = words;
  const registers = Object.entries(change.registers).map(([name, { last, first }]) =>
    t("change.exchanged", {
      quantity: quantityName(words, name),
      last: format.figures(last),
      first: format.figures(first),
    }),
  );
  const ratio = change.factor === null ? [] : [t("change.ratio", { value: format.limit(change.factor) })];
  return <>{[...ratio, ...registers].join("; ")}</>;
}

function Row({ change, may, onUndo }: { change: MeterChange; may: boolean; onUndo: () => void }) {
  const { t, format } = useWords();
  const hour = useHour();
  return (
    <li class={change.undone ? "undone" : ""}>
      <p>
        <strong>{t("change.since", { time: `${format.date(change.from_ms)} ${format.time(change.from_ms)}` })}</strong>{" "}
        <Outcome change={change} />
      </p>
      <p>{`${change.person}, ${format.timeNear(change.made_ms, hour)}: ${change.reason}`}</p>
      {change.undone ? (
        <p class="muted">
          {t("edit.undoneBy", {
            person: change.undone.person,
            time: format.timeNear(change.undone.at_ms, hour),
            reason: change.undone.reason,
          })}
        </p>
      ) : (
        may && (
          <button type="button" onClick={onUndo}>
            {t("edit.undo")}
          </button>
        )
      )}
    </li>
  );
}

/** Ratios and exchanges entered for a meter, each from an instant on, the newest first; those taken back stay to be seen. */
export function ChangeList({ meter, onChange }: { meter: MeterDetail; onChange: () => void }) {
  const { t } = useWords();
  const may = useMay("administrator");
  const [open, setOpen] = useState<"new" | MeterChange | null>(null);
  const { data, error, reload } = useResource(meter.id, (signal) => getChanges(meter.id, signal));
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const close = () => setOpen(null);
  const done = () => {
    close();
    reload();
    onChange();
  };
  return (
    <section class="panel">
      <div class="section-head">
        <h2>{t("change.list")}</h2>
        {may && (
          <button type="button" onClick={() => setOpen("new")}>
            {t("change.enter")}
          </button>
        )}
      </div>
      <Needs right="administrator" />
      {data.items.length === 0 && <Empty>{t("change.none")}</Empty>}
      <ol class="edits" data-testid="changes">
        {data.items.map((change) => (
          <Row key={change.id} change={change} may={may} onUndo={() => setOpen(change)} />
        ))}
      </ol>
      {open === "new" && <ChangeDialog meter={meter} onClose={close} onDone={done} />}
      {open !== null && open !== "new" && (
        <UndoDialog
          title={t("change.undoTitle")}
          what={`${open.person}: ${open.reason}`}
          undo={(reason) => undoChange(open.id, reason)}
          onClose={close}
          onDone={done}
        />
      )}
    </section>
  );
}
