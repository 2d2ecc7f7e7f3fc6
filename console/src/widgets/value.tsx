import type { Load, LoadState } from "../api/types";
import { shownUnit } from "../i18n/format";
import { useWords } from "../i18n/text";
import { useAge, useStale } from "../state/live";
import { StateShape } from "./icons";

/** Age of a stale value; nothing for a fresh one. */
export function StaleAge({ at, stale }: { at: number | null; stale: boolean }) {
  const { t, lasting } = useWords();
  const age = useAge(stale ? at : null);
  if (!stale || age === null) return null;
  return <span class="stale-age">{t("load.staleShort", { age: lasting(age) })}</span>;
}

/** A load's value, large, with its unit; greyed and with its age when stale. */
export function LoadValue({ load }: { load: Load }) {
  const { t, format } = useWords();
  const stale = useStale(load.stale);
  return (
    <p class={`value ${stale ? "stale" : ""}`}>
      <span class="number" data-testid="value">
        {format.value(load.value, load.unit)}
      </span>{" "}
      <span class="unit">{load.value === null ? t("load.noValue") : shownUnit(load.unit).unit}</span>
      <StaleAge at={load.at_ms} stale={stale} />
    </p>
  );
}

/** A load's state: shape and word. */
export function StateMark({ state }: { state: LoadState }) {
  const { t } = useWords();
  return (
    <span class={`state-mark text-${state}`}>
      <StateShape state={state} />
      {t(`load.${state}`)}
    </span>
  );
}
