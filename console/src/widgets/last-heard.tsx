import { useWords } from "../i18n/text";
import { useAge } from "../state/live";
import { StateShape } from "./icons";

/** How long ago a meter or device was last heard; a silent one by shape and word. */
export function LastHeard({ at, silent }: { at: number | null; silent: boolean }) {
  const { t, lasting } = useWords();
  const age = useAge(at, 1000);
  const said = age === null ? t("meter.never") : t("meter.ago", { age: lasting(age) });
  if (!silent) return <>{said}</>;
  return (
    <span class="state-mark text-high">
      <StateShape state="high" />
      {t("meter.silent", { said })}
    </span>
  );
}
