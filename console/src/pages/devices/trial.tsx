import type { Trial, TrialLine, UnregisteredLine } from "../../api/devices";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { meterPath } from "../../widgets/crumbs";
import { Scroll } from "../../widgets/scroll";
import { reasonWords } from "./reasons";

function Lines({ title, lines, count }: { title: string; lines: TrialLine[]; count: number }) {
  const words = useWords();
  const { t, format } = words;
  if (lines.length === 0) return null;
  const written = (value: number | null) => (value === null ? "–" : format.figures(value));
  return (
    <section>
      <h3>{`${title}: ${format.number(count, 0)}`}</h3>
      <Scroll label={title} tall>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("chart.time")}</th>
              <th scope="col">{t("page.meter")}</th>
              <th scope="col">{t("meter.quantity")}</th>
              <th scope="col" class="figure">
                {t("rules.before")}
              </th>
              <th scope="col" class="figure">
                {t("rules.after")}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              // The answer is listed once and never changes: a line's place is its key.
              <tr key={index}>
                <td>{format.dateTime(line.time_ms)}</td>
                <td>
                  <a href={meterPath(line.meter)}>{line.meter}</a>
                </td>
                <td>{quantityName(words, line.quantity)}</td>
                <td class="figure">{written(line.before)}</td>
                <td class="figure">{written(line.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Unregistered({ lines, count }: { lines: UnregisteredLine[]; count: number }) {
  const words = useWords();
  const { t, format } = words;
  if (lines.length === 0) return null;
  const title = t("rules.unregistered");
  return (
    <section>
      <h3>{`${title}: ${format.number(count, 0)}`}</h3>
      <Scroll label={title} tall>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("chart.time")}</th>
              <th scope="col">{t("devices.column.device")}</th>
              <th scope="col">{t("meter.quantity")}</th>
              <th scope="col" class="figure">
                {t("rules.after")}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              // The answer is listed once and never changes: a line's place is its key.
              <tr key={index}>
                <td>{format.dateTime(line.time_ms)}</td>
                <td>{line.device}</td>
                <td>{quantityName(words, line.quantity)}</td>
                <td class="figure">{format.figures(line.value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** What rules would do, before anybody trusts them. */
export function TrialOutcome({ trial }: { trial: Trial }) {
  const words = useWords();
  const { t, format } = words;
  const count = (kind: string, lines: unknown[]) => trial.counts[kind] ?? lines.length;
  return (
    <div class="stack" data-testid="trial">
      <p role="status">
        {t("rules.outcome", {
          recent: format.number(trial.recent, 0),
          waiting: format.number(trial.quarantined, 0),
          same: format.number(trial.same, 0),
        })}
      </p>
      <ul>
        {trial.rules.map((rule, index) => (
          // Two rules may speak of one topic: a rule's place is its key.
          <li key={index}>{t("rules.spoken", { topic: rule.topic, count: format.number(rule.messages, 0) })}</li>
        ))}
      </ul>
      <Lines title={t("rules.added")} lines={trial.added} count={count("added", trial.added)} />
      <Lines title={t("rules.changed")} lines={trial.changed} count={count("changed", trial.changed)} />
      <Lines title={t("rules.gone")} lines={trial.gone} count={count("gone", trial.gone)} />
      <Unregistered lines={trial.unregistered} count={count("unregistered", trial.unregistered)} />
      {trial.waiting.length > 0 && (
        <section>
          <h3>{t("rules.waiting")}</h3>
          <ul>
            {trial.waiting.map((cause) => (
              <li key={`${cause.topic}/${cause.reason}/${cause.device}/${cause.detail}`}>
                {`${reasonWords(words, cause.reason)} · ${cause.device || cause.topic} · ${cause.detail} `}
                <span class="muted">{t("devices.waiting", { count: String(cause.messages) })}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
