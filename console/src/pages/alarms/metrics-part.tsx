import { useState } from "preact/hooks";
import { query } from "../../api/client";
import { getMetrics } from "../../api/incidents";
import { dayOf } from "../../i18n/local-day";
import { useWords } from "../../i18n/text";
import { now } from "../../state/clock";
import { language } from "../../state/preferences";
import { timezone } from "../../state/province";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { Select } from "../../widgets/field";
import { FileLink } from "../../widgets/files";
import { MeasureTable } from "../../widgets/measure-table";
import { Failure, Loading } from "../../widgets/notice";

const REFRESH_MS = 60_000;
const MONTHS = 12;

/** The last months, the present one first, as the server names them: `2026-11`. */
function lastMonths(): string[] {
  const today = dayOf(now.value, timezone());
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  return Array.from({ length: MONTHS }, (_, back) =>
    new Date(Date.UTC(year, month - 1 - back, 1)).toISOString().slice(0, 7),
  );
}

/** One month on a page to read and print. */
function Report() {
  const { t } = useWords();
  const chosen = useStore(language);
  const months = lastMonths();
  const [month, setMonth] = useState(months[0] as string);
  return (
    <section class="stack">
      <h3>{t("report.title")}</h3>
      <div class="row-form">
        <Select
          label={t("report.month")}
          value={month}
          onChange={setMonth}
          options={months.map((one) => [one, `${one.slice(5)}/${one.slice(0, 4)}`])}
        />
        <FileLink path={`/reports/alarms${query({ month, language: chosen })}`} words={t("report.open")} opens />
      </div>
    </section>
  );
}

/** How good the alarms themselves are, against what an operator can bear; with what to change. */
export function MetricsPart() {
  const { t, say, format } = useWords();
  const { data, error, reload } = useResource("metrics", getMetrics, { everyMs: REFRESH_MS });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const proposals = [...data.chattering, ...data.stale];
  return (
    <section class="panel" data-testid="metrics">
      <h2>{t("alarmPart.metrics")}</h2>
      <p class="muted">
        {t("metrics.span", {
          from: format.date(data.start_ms),
          to: format.date(data.end_ms),
          announced: String(data.announced),
        })}
      </p>
      <MeasureTable measures={data.measures} />
      <Report />
      {proposals.length > 0 && (
        <>
          <h3>{t("metrics.proposals")}</h3>
          <ul>
            {proposals.map((one) => (
              <li key={`${one.rule}/${one.asset}/${one.proposal.en}`}>{say(one.proposal)}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
