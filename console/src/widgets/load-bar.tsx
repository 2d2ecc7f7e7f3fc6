import type { Load } from "../api/types";
import { shownUnit } from "../i18n/format";
import { useWords } from "../i18n/text";
import { loadScale } from "./load-scale";

const share = (part: number, whole: number) => `${Math.min(100, Math.max(0, (part / whole) * 100))}%`;

/** A load on the scale of its limits. */
export function LoadBar({ load, name, stale }: { load: Load; name: string; stale: boolean }) {
  const { t, format } = useWords();
  const { value, max, ticks } = loadScale(load);
  const limit = `${format.limit(load.limit)} ${shownUnit(load.capacity_unit).unit}`;
  const spoken =
    value === null
      ? t("load.barUnknown", { name })
      : t("load.bar", { name, value: format.quantity(value, load.capacity_unit), limit });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot show the ticks of limits
    <div
      class={`bar state-${load.state} ${stale ? "stale" : ""}`}
      role="meter"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value ?? 0}
      aria-valuetext={spoken}
    >
      {value !== null && <div class="bar-fill" style={{ width: share(value, max) }} />}
      {ticks.map(({ kind, at }) => (
        <div key={kind} class={`bar-tick tick-${kind}`} style={{ left: share(at, max) }} />
      ))}
    </div>
  );
}

/** The limits of a bar in words and numbers, the unit once at their end. */
export function LoadLimits({ load }: { load: Load }) {
  const { t, format } = useWords();
  const limits = (["firm", "rated", "order"] as const).filter((kind) => load[kind] !== null);
  if (limits.length === 0) return null;
  return (
    <p class="limits">
      {limits.map((kind, index) => (
        <span key={kind}>
          <span class={`limit-key tick-${kind}`} aria-hidden="true" />
          {load[kind] === 0 ? t("load.noFirm") : `${t(`load.${kind}`)} ${format.limit(load[kind])}`}
          {index === limits.length - 1 && <span class="unit">{` ${shownUnit(load.capacity_unit).unit}`}</span>}
        </span>
      ))}
    </p>
  );
}
