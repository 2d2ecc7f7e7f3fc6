import type { LastValue } from "../../api/meters";
import { unitSign } from "../../i18n/format";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";

/** A latest reading between what is physically possible: a pointer on a scale, its ends the limits. */
export function ValueBar({ last, stale }: { last: LastValue; stale: boolean }) {
  const words = useWords();
  const { t, format } = words;
  if (!last.limits) return <span class="muted">{t("meter.noLimits")}</span>;
  const [least, greatest] = last.limits;
  const at = Math.min(1, Math.max(0, (last.value - least) / (greatest - least)));
  const outside = last.value < least || last.value > greatest;
  const [low, high] = [least, greatest].map((limit) => format.limit(limit)) as [string, string];
  return (
    <div class="value-bar">
      {/* biome-ignore lint/a11y/useSemanticElements: a meter element cannot show a pointer between two limits */}
      <div
        class={`bar pointer ${outside ? "state-over" : ""} ${stale ? "stale" : ""}`}
        role="meter"
        aria-label={quantityName(words, last.quantity)}
        aria-valuemin={least}
        aria-valuemax={greatest}
        aria-valuenow={last.value}
        aria-valuetext={t("meter.between", { value: `${format.figures(last.value)} ${last.unit}`, low, high })}
      >
        <div class="bar-pointer" style={{ left: `${at * 100}%` }} />
      </div>
      <span class="bar-ends muted">
        <span>{low}</span>
        <span>{`${high} ${unitSign(last.unit)}`}</span>
      </span>
    </div>
  );
}
