import { useWords } from "../i18n/text";
import { RANGES, type RangeName, range } from "../state/range";
import { useStore } from "../state/store";

export function RangePicker() {
  const { t } = useWords();
  const chosen = useStore(range);
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">{t("range.label")}</legend>
      {(Object.keys(RANGES) as RangeName[]).map((name) => (
        <button key={name} type="button" aria-pressed={name === chosen} onClick={() => range.set(name)}>
          {t(`range.${name}`)}
        </button>
      ))}
    </fieldset>
  );
}
