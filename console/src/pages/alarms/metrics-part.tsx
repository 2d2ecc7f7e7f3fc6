import { getMetrics } from "../../api/incidents";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { MeasureTable } from "../../widgets/measure-table";
import { Failure, Loading } from "../../widgets/notice";

const REFRESH_MS = 60_000;

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
