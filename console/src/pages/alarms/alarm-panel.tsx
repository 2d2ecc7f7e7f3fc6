import { useState } from "preact/hooks";
import { get, path } from "../../api/client";
import type { Alarm, AlarmDetail } from "../../api/types";
import { useWords } from "../../i18n/text";
import { alarmKey } from "../../state/alarm-list";
import { useHour } from "../../state/clock";
import { alarms, takeAlarm } from "../../state/live";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { PriorityShape } from "../../widgets/icons";
import { Needs } from "../../widgets/needs";
import { Failure, Loading } from "../../widgets/notice";
import { RangePicker } from "../../widgets/range-picker";
import { ActionDialog } from "./action-dialog";
import { type Action, actionsFor } from "./actions";
import { AlarmChart } from "./alarm-chart";
import { AlarmFacts, Guidance } from "./alarm-facts";
import { alarmPath } from "./alarm-row";
import { Deliveries, History } from "./history";

const REFRESH_MS = 30_000;
const PLANNED_OUTAGE = "planned-outage";

/** Why the alarm is kept quiet, by whom and until when. */
function Suppressions({ alarm }: { alarm: Alarm }) {
  const { t, format } = useWords();
  const hour = useHour();
  const { shelved, by_design: byDesign, out_of_service: outOfService } = alarm.suppressions;
  return (
    <>
      {shelved && (
        <p class="note">
          {t("alarm.shelvedBy", {
            person: shelved.person,
            until: shelved.until_ms === null ? "–" : format.timeNear(shelved.until_ms, hour),
            reason: shelved.reason,
          })}
        </p>
      )}
      {byDesign && (
        <p class="note">
          {t("alarm.suppressed", { state: t("alarm.DSUPR"), reason: byDesign.reason })}{" "}
          {byDesign.by && (
            <a href={byDesign.by.rule === PLANNED_OUTAGE ? "/alarms/outages" : alarmPath(byDesign.by)}>
              {t("alarm.toCause")}
            </a>
          )}
        </p>
      )}
      {outOfService && (
        <p class="note">{t("alarm.suppressed", { state: t("alarm.OOSRV"), reason: outOfService.reason })}</p>
      )}
    </>
  );
}

function Head({ alarm }: { alarm: Alarm }) {
  const { t, say } = useWords();
  return (
    <>
      <p class="crumb">
        <a href="/alarms">{t("alarms.back")}</a>
        {alarm.zone !== null && <a href={`/zones/${encodeURIComponent(alarm.zone)}`}>{t("alarm.zone")}</a>}
      </p>
      <h2 class="alarm-title">
        <PriorityShape priority={alarm.priority} state={alarm.state} />
        {say(alarm.asset_name)}
      </h2>
      <p class="alarm-lead">{say(alarm.text)}</p>
      <p class="alarm-tags">
        <span>{t(`priority.${alarm.priority}`)}</span>
        <span data-testid="detail-state">{t(`alarm.${alarm.state}`)}</span>
        <span>{`${t("alarm.condition")}: ${t(`alarm.condition.${alarm.condition}`)}`}</span>
      </p>
      <Suppressions alarm={alarm} />
    </>
  );
}

function Actions({ alarm, onDone }: { alarm: Alarm; onDone: (alarm: Alarm) => void }) {
  const { t } = useWords();
  const [open, setOpen] = useState<Action | null>(null);
  const possible = actionsFor(alarm);
  if (possible.length === 0) return null;
  return (
    <div class="buttons">
      {possible.map((action, index) => (
        <button key={action} type="button" class={index === 0 ? "primary" : ""} onClick={() => setOpen(action)}>
          {t(`act.${action}`)}
        </button>
      ))}
      {open && (
        <ActionDialog
          action={open}
          alarm={alarm}
          onClose={() => setOpen(null)}
          onDone={(changed) => {
            setOpen(null);
            onDone(changed);
          }}
        />
      )}
    </div>
  );
}

/** Everything about one alarm, and what can be done about it. */
export function AlarmPanel({ rule, asset }: { rule: string; asset: string }) {
  const { t } = useWords();
  const key = alarmKey({ rule, asset });
  const live = useStore(alarms, (all) => all?.get(key));
  // Asked again when the alarm changes, so that its history follows.
  const version = live ? `${live.state}/${live.event_ms}` : "";
  const { data, error, reload } = useResource(key, (signal) => get<AlarmDetail>(path("alarms", rule, asset), signal), {
    everyMs: REFRESH_MS,
    version,
  });
  if (!data) return error ? <Failure error={error} retry={reload} /> : <Loading />;
  const alarm: Alarm = live && live.event_ms >= data.event_ms ? live : data;
  const onDone = (changed: Alarm) => {
    takeAlarm(changed);
    reload();
  };
  return (
    <article data-testid="alarm-detail">
      <Head alarm={alarm} />
      <Needs right="operator" zone={alarm.zone}>
        <Actions alarm={alarm} onDone={onDone} />
      </Needs>
      <AlarmFacts alarm={alarm} />
      <section>
        <div class="section-head">
          <h3>{t("alarm.trend")}</h3>
          {alarm.series !== null && <RangePicker />}
        </div>
        <AlarmChart alarm={alarm} />
      </section>
      <Guidance alarm={alarm} />
      <History history={data.history} unit={alarm.unit} />
      <Deliveries deliveries={data.deliveries} />
    </article>
  );
}
