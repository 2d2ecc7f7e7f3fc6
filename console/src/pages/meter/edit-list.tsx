import { useState } from "preact/hooks";
import { type Edit, undoEdit } from "../../api/metering";
import { shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { useMay } from "../../state/me";
import { Empty } from "../../widgets/notice";
import { UndoDialog } from "./undo-dialog";

/** What an edit put in place, in words. */
function Outcome({ edit }: { edit: Edit }) {
  const { t, format } = useWords();
  if (edit.action !== "set") return <>{t(`edit.${edit.action}`)}</>;
  const { factor, unit } = shownUnit(edit.unit);
  const values = edit.after.map((value) => value * factor);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const written = low === high ? format.number(low) : `${format.number(low)} – ${format.number(high)}`;
  return <>{t("edit.became", { value: `${written} ${unit}` })}</>;
}

function Row({ edit, may, onUndo }: { edit: Edit; may: boolean; onUndo: () => void }) {
  const { t, format } = useWords();
  const hour = useHour();
  return (
    <li class={edit.undone ? "undone" : ""}>
      <p>
        <strong>{`${format.dateTime(edit.start_ms)} – ${format.timeNear(edit.end_ms, edit.start_ms)}`}</strong>{" "}
        <Outcome edit={edit} />
      </p>
      <p>{`${edit.person}, ${format.timeNear(edit.made_ms, hour)}: ${edit.reason}`}</p>
      {edit.undone ? (
        <p class="muted">
          {t("edit.undoneBy", {
            person: edit.undone.person,
            time: format.timeNear(edit.undone.at_ms, hour),
            reason: edit.undone.reason,
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

/** Edits that touch the range, the newest first; those taken back stay to be seen. */
export function EditList({ edits, zone, onChange }: { edits: Edit[]; zone: string | null; onChange: () => void }) {
  const { t } = useWords();
  const may = useMay("planner", zone);
  const [undoing, setUndoing] = useState<Edit | null>(null);
  return (
    <section>
      <h3>{t("edit.list")}</h3>
      {edits.length === 0 && <Empty>{t("edit.none")}</Empty>}
      <ol class="edits" data-testid="edits">
        {edits.map((edit) => (
          <Row key={edit.id} edit={edit} may={may} onUndo={() => setUndoing(edit)} />
        ))}
      </ol>
      {undoing && (
        <UndoDialog
          title={t("edit.undoTitle")}
          what={`${undoing.person}: ${undoing.reason}`}
          undo={(reason) => undoEdit(undoing.id, reason)}
          onClose={() => setUndoing(null)}
          onDone={() => {
            setUndoing(null);
            onChange();
          }}
        />
      )}
    </section>
  );
}
