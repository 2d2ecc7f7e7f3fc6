import type { ComponentChildren } from "preact";
import type { Trial, TrialLine, UnregisteredLine } from "../../api/devices";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { meterPath } from "../../widgets/crumbs";
import { Scroll } from "../../widgets/scroll";
import { reasonWords } from "./reasons";

type Line = Pick<TrialLine, "time_ms" | "quantity">;

/** A column: its name, and what stands in it. */
type Column<L> = readonly [name: string, show: (line: L) => ComponentChildren];

interface LinesProps<L> {
  title: string;
  lines: L[];
  /** How many there are; `lines` may be the first of them. */
  count: number;
  whose: Column<L>;
  values: readonly Column<L>[];
}

/** Readings, each with its time, whose it is, its quantity and its values. */
function Lines<L extends Line>({ title, lines, count, whose, values }: LinesProps<L>) {
  const words = useWords();
  const { t, format } = words;
  if (lines.length === 0) return null;
  return (
    <section>
      <h3>{`${title}: ${format.number(count, 0)}`}</h3>
      <Scroll label={title} tall>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("chart.time")}</th>
              <th scope="col">{whose[0]}</th>
              <th scope="col">{t("meter.quantity")}</th>
              {values.map(([name]) => (
                <th key={name} scope="col" class="figure">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              // The answer is listed once and never changes: a line's place is its key.
              <tr key={index}>
                <td>{format.dateTime(line.time_ms)}</td>
                <td>{whose[1](line)}</td>
                <td>{quantityName(words, line.quantity)}</td>
                {values.map(([name, show]) => (
                  <td key={name} class="figure">
                    {show(line)}
                  </td>
                ))}
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
  const written = (value: number | null) => (value === null ? "–" : format.figures(value));
  const ofMeters = {
    whose: [t("page.meter"), ({ meter }: TrialLine) => <a href={meterPath(meter)}>{meter}</a>],
    values: [
      [t("rules.before"), ({ before }: TrialLine) => written(before)],
      [t("rules.after"), ({ after }: TrialLine) => written(after)],
    ],
  } as const;
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
      {(["added", "changed", "gone"] as const).map((kind) => (
        <Lines
          key={kind}
          title={t(`rules.${kind}`)}
          lines={trial[kind]}
          count={trial.counts[kind] ?? trial[kind].length}
          {...ofMeters}
        />
      ))}
      <Lines
        title={t("rules.unregistered")}
        lines={trial.unregistered}
        count={trial.counts.unregistered ?? trial.unregistered.length}
        whose={[t("devices.column.device"), ({ device }: UnregisteredLine) => device]}
        values={[[t("rules.after"), ({ value }: UnregisteredLine) => written(value)]]}
      />
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
