import { getIncidents, type Incident } from "../../api/incidents";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { useResource } from "../../state/resource";
import { PriorityShape } from "../../widgets/icons";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { alarmPath } from "./alarm-row";

const REFRESH_MS = 15_000;

function Timeline({ incident }: { incident: Incident }) {
  const { t, say, format } = useWords();
  return (
    <ol class="history">
      {incident.timeline.map((step, index) => (
        // A time line only grows at its end: a step's place is its key.
        <li key={index}>
          <time dateTime={new Date(step.event_ms).toISOString()}>{format.timeWithSeconds(step.event_ms)}</time>
          <div>
            <p>
              <a href={alarmPath(step)}>{say(step.text)}</a>
            </p>
            <p class="muted">
              {`${t(`alarm.${step.before}`)} → ${t(`alarm.${step.after}`)}`}
              {step.person !== "" && ` · ${step.person}${step.comment ? `: ${step.comment}` : ""}`}
              {step.after === "UNACK" && !step.announced && ` · ${t("alarm.notAnnounced")}`}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Entry({ incident, open }: { incident: Incident; open: boolean }) {
  const { t, say, format, lasting } = useWords();
  const hour = useHour();
  const { root, start_ms: start, end_ms: end } = incident;
  return (
    <li class="panel" data-testid="incident">
      <details open={open}>
        <summary>
          <PriorityShape priority={incident.priority} state={end === null ? "ACKED" : "NORM"} />
          <strong>{say(root.asset_name)}</strong>
          <span>{format.timeNear(start, hour)}</span>
          <span>{end === null ? t("incident.stands") : t("incident.lasted", { time: lasting(end - start) })}</span>
          <span class="muted">
            {t("incident.counts", { alarms: String(incident.alarms.length), announced: String(incident.announced) })}
          </span>
        </summary>
        <Timeline incident={incident} />
      </details>
    </li>
  );
}

/** What happened, cause by cause, the newest first: each with its time line. */
export function IncidentsPart() {
  const { t } = useWords();
  const { data, error, reload } = useResource("incidents", getIncidents, { everyMs: REFRESH_MS });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  if (data.items.length === 0) return <Empty>{t("incident.none")}</Empty>;
  return (
    <ul class="groups">
      {data.items.map((incident, index) => (
        <Entry
          key={`${incident.root.rule}/${incident.root.asset}/${incident.start_ms}`}
          incident={incident}
          open={index === 0}
        />
      ))}
    </ul>
  );
}
