import { useState } from "preact/hooks";
import { getChanges, type MeterChange, undoChange } from "../../api/metering";
import type { MeterDetail } from "../../api/meters";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { useMay } from "../../state/me";
import { useResource } from "../../state/resource";
import { Needs } from "../../widgets/needs";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { ChangeDialog } from "./change-dialog";
import { Entry } from "./entry";

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

/** Ratios and exchanges entered for a meter, each from an instant on, the newest first; those taken back stay to be seen. */
export function ChangeList({ meter, onChange }: { meter: MeterDetail; onChange: () => void }) {
  const { t, format } = useWords();
  const may = useMay("administrator");
  const [entering, setEntering] = useState(false);
  const { data, error, reload } = useResource(meter.id, (signal) => getChanges(meter.id, signal));
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const changed = () => {
    setEntering(false);
    reload();
    onChange();
  };
  return (
    <section class="panel">
      <div class="section-head">
        <h2>{t("change.list")}</h2>
        {may && (
          <button type="button" onClick={() => setEntering(true)}>
            {t("change.enter")}
          </button>
        )}
      </div>
      <Needs right="administrator" />
      {data.items.length === 0 && <Empty>{t("change.none")}</Empty>}
      <ol class="edits" data-testid="changes">
        {data.items.map((change) => (
          <Entry
            key={change.id}
            of={change}
            may={may}
            title={t("change.undoTitle")}
            undo={(reason) => undoChange(change.id, reason)}
            onUndone={changed}
          >
            <strong>
              {t("change.since", { time: `${format.date(change.from_ms)} ${format.time(change.from_ms)}` })}
            </strong>{" "}
            <Outcome change={change} />
          </Entry>
        ))}
      </ol>
      {entering && <ChangeDialog meter={meter} onClose={() => setEntering(false)} onDone={changed} />}
    </section>
  );
}
