import { type Edit, undoEdit } from "../../api/metering";
import { shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { useMay } from "../../state/me";
import { Empty } from "../../widgets/notice";
import { Entry } from "./entry";

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

/** Edits that touch the range, the newest first; those taken back stay to be seen. */
export function EditList({ edits, zone, onChange }: { edits: Edit[]; zone: string | null; onChange: () => void }) {
  const { t, format } = useWords();
  const may = useMay("planner", zone);
  return (
    <section>
      <h3>{t("edit.list")}</h3>
      {edits.length === 0 && <Empty>{t("edit.none")}</Empty>}
      <ol class="edits" data-testid="edits">
        {edits.map((edit) => (
          <Entry
            key={edit.id}
            of={edit}
            may={may}
            title={t("edit.undoTitle")}
            undo={(reason) => undoEdit(edit.id, reason)}
            onUndone={onChange}
          >
            <strong>{`${format.dateTime(edit.start_ms)} – ${format.timeNear(edit.end_ms, edit.start_ms)}`}</strong>{" "}
            <Outcome edit={edit} />
          </Entry>
        ))}
      </ol>
    </section>
  );
}
