import type { Alarm } from "../../api/types";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { Fact } from "../../widgets/fact";

/** The alarm in numbers; what a forecast says is in blue. */
export function AlarmFacts({ alarm }: { alarm: Alarm }) {
  const { t, format, lasting, amount } = useWords();
  const hour = useHour();
  const unit = alarm.unit ?? "1";
  return (
    <dl class="facts">
      {alarm.since_ms > 0 && <Fact name={t("alarm.since")}>{format.timeNear(alarm.since_ms, hour)}</Fact>}
      {alarm.value !== null && <Fact name={t("alarm.value")}>{amount(alarm.value, unit)}</Fact>}
      {alarm.limit !== null && <Fact name={t("alarm.limit")}>{amount(alarm.limit, unit)}</Fact>}
      {alarm.probability !== null && (
        <Fact name={t("alarm.probability")}>
          <span class="forecast-text">{format.percent(alarm.probability)}</span>
        </Fact>
      )}
      {alarm.lead_ms !== null && alarm.lead_ms > 0 && (
        <Fact name={t("alarm.lead")}>
          <span class="forecast-text">{lasting(alarm.lead_ms)}</span>
        </Fact>
      )}
      {alarm.expected_peak !== null && alarm.peak_ms !== null && (
        <Fact name={t("alarm.peak")}>
          <span class="forecast-text">
            {t("alarm.peakAt", {
              value: format.quantity(alarm.expected_peak, unit),
              time: format.timeNear(alarm.peak_ms, hour),
            })}
          </span>
        </Fact>
      )}
      <Fact name={t("alarm.rule")}>{alarm.rule}</Fact>
    </dl>
  );
}

/** `/runbooks/<name>`, where the server shows the runbook a rule names by its file. */
export function runbookAddress(file: string): string {
  const name = file.split("/").at(-1) ?? file;
  return `/runbooks/${encodeURIComponent(name.replace(/\.md$/, ""))}`;
}

/** Why it happens, what follows and what to do. */
export function Guidance({ alarm }: { alarm: Alarm }) {
  const { t, say, lasting } = useWords();
  return (
    <section class="guidance">
      <h3>{t("alarm.response")}</h3>
      <p class="response">{say(alarm.response)}</p>
      <p>
        <strong>{t("alarm.respondWithin", { time: lasting(alarm.respond_within_min * 60_000) })}</strong>
        <a href={runbookAddress(alarm.runbook)} data-outside target="_blank" rel="noreferrer">
          {t("alarm.runbook")}
        </a>
      </p>
      <dl class="reasons">
        <Fact name={t("alarm.cause")}>{say(alarm.cause)}</Fact>
        <Fact name={t("alarm.consequence")}>{say(alarm.consequence)}</Fact>
      </dl>
    </section>
  );
}
