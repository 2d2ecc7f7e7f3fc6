import type { Measure } from "../api/rules";
import { useWords } from "../i18n/text";
import { StateShape } from "./icons";
import { Scroll } from "./scroll";

/** Measures that are shares of all alarms or of time. */
const SHARES: ReadonlySet<string> = new Set(["busy_windows", "flood", "top_ten", "critical", "high", "medium"]);

/** Measures of how good alarms are, each against what is acceptable. */
export function MeasureTable({ measures }: { measures: Measure[] }) {
  const { t, say, format } = useWords();
  const written = (key: string, value: number) =>
    SHARES.has(key) ? `${format.limit(100 * value)} %` : format.limit(value);
  return (
    <Scroll label={t("metrics.measure")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("metrics.measure")}</th>
            <th scope="col" class="figure">
              {t("metrics.value")}
            </th>
            <th scope="col" class="figure">
              {t("metrics.acceptable")}
            </th>
            <th scope="col">
              <span class="visually-hidden">{t("column.state")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {measures.map((measure) => (
            <tr key={measure.key}>
              <th scope="row">{say(measure.name)}</th>
              <td class="figure">{written(measure.key, measure.value)}</td>
              <td class="figure muted">{written(measure.key, measure.acceptable)}</td>
              <td>
                {!measure.ok && (
                  <span class="state-mark text-high">
                    <StateShape state="high" />
                    {t("metrics.over")}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
