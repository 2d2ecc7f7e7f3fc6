import type { RuleTrial } from "../../api/rules";
import { useWords } from "../../i18n/text";
import { MeasureTable } from "../../widgets/measure-table";
import { Scroll } from "../../widgets/scroll";

const SHOWN = 100;

/** What rules would have done: how often they would have called somebody, and how good they would have been. */
export function RuleOutcome({ trial }: { trial: RuleTrial }) {
  const { t, say, format } = useWords();
  const announced = trial.transitions.filter((step) => step.announced).length;
  return (
    <section class="stack" data-testid="rule-trial">
      <h3>{t("alarmRule.outcome")}</h3>
      <p role="status">
        {t("alarmRule.would", {
          count: String(trial.count),
          announced: String(announced),
          readings: format.number(trial.readings, 0),
        })}
      </p>
      <MeasureTable measures={trial.metrics.measures} />
      {trial.metrics.chattering.map((one) => (
        <p key={`${one.rule}/${one.asset}`}>{say(one.proposal)}</p>
      ))}
      {trial.transitions.length > 0 && (
        <Scroll label={t("alarmRule.outcome")} tall>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("chart.time")}</th>
                <th scope="col">{t("alarmRule.asset")}</th>
                <th scope="col">{t("column.state")}</th>
                <th scope="col">{t("alarmRule.announced")}</th>
              </tr>
            </thead>
            <tbody>
              {trial.transitions.slice(0, SHOWN).map((step, index) => (
                // The answer is listed once and never changes: a step's place is its key.
                <tr key={index}>
                  <td class="word">{format.dateTime(step.event_ms)}</td>
                  <td>{step.asset}</td>
                  <td>{say(step.text)}</td>
                  <td>{t(step.announced ? "meter.yes" : "meter.no")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
