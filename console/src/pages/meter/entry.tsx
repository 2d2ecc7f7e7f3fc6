import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Entered } from "../../api/metering";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { UndoDialog } from "./undo-dialog";

interface Props {
  of: Entered;
  /** Whether it may be undone by who looks at it. */
  may: boolean;
  title: string;
  undo: (reason: string) => Promise<unknown>;
  onUndone: () => void;
  /** What was entered, in words. */
  children: ComponentChildren;
}

/** What somebody entered for a meter: what, who, when and why; taken back with a reason, it stays to be seen. */
export function Entry({ of, may, title, undo, onUndone, children }: Props) {
  const { t, format } = useWords();
  const hour = useHour();
  const [undoing, setUndoing] = useState(false);
  return (
    <li class={of.undone ? "undone" : ""}>
      <p>{children}</p>
      <p>{`${of.person}, ${format.timeNear(of.made_ms, hour)}: ${of.reason}`}</p>
      {of.undone ? (
        <p class="muted">
          {t("edit.undoneBy", {
            person: of.undone.person,
            time: format.timeNear(of.undone.at_ms, hour),
            reason: of.undone.reason,
          })}
        </p>
      ) : (
        may && (
          <button type="button" onClick={() => setUndoing(true)}>
            {t("edit.undo")}
          </button>
        )
      )}
      {undoing && (
        <UndoDialog
          title={title}
          what={`${of.person}: ${of.reason}`}
          undo={undo}
          onClose={() => setUndoing(false)}
          onDone={() => {
            setUndoing(false);
            onUndone();
          }}
        />
      )}
    </li>
  );
}
