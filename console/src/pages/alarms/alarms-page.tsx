import { useState } from "preact/hooks";
import { getAll } from "../../api/client";
import type { Alarm } from "../../api/types";
import { useWords } from "../../i18n/text";
import { alarmKey, sortAlarms, waitsForPerson } from "../../state/alarm-list";
import { alarms } from "../../state/live";
import { useResource } from "../../state/resource";
import { useStore } from "../../state/store";
import { Empty, Failure, Loading } from "../../widgets/notice";
import { AlarmPanel } from "./alarm-panel";
import { AlarmRow } from "./alarm-row";
import { AlarmTabs } from "./alarm-tabs";
import { DutyLine } from "./duty-line";
import { type Choice, Filters, matches } from "./filters";

/** The list a choice asks for: what is open comes live from the stream, the rest is asked for. */
function useAlarmList(choice: Choice): { items: Alarm[] | null; error: unknown; reload: () => void } {
  const open = useStore(alarms);
  const everything = choice.show === "all";
  const asked = useResource(choice.show, (signal) =>
    everything ? getAll<Alarm>("/alarms?state=all", signal) : Promise.resolve({ items: [] }),
  );
  if (!everything) return { items: open && [...open.values()], error: null, reload: asked.reload };
  if (!asked.data) return { items: null, error: asked.error, reload: asked.reload };
  const merged = new Map(asked.data.items.map((alarm) => [alarmKey(alarm), alarm]));
  for (const [key, alarm] of open ?? []) merged.set(key, alarm);
  return { items: [...merged.values()], error: null, reload: asked.reload };
}

function Counts({ items }: { items: Alarm[] }) {
  const { t } = useWords();
  const count = (test: (alarm: Alarm) => boolean) => String(items.filter(test).length);
  return (
    <p class="counts">
      <span>{t("alarms.count.unacknowledged", { count: count(waitsForPerson) })}</span>
      <span>{t("alarms.count.active", { count: count(({ condition }) => condition === "active") })}</span>
      <span>{t("alarms.count.shelved", { count: count(({ state }) => state === "SHLVD") })}</span>
    </p>
  );
}

export function AlarmsPage({ rule, asset }: { rule?: string; asset?: string }) {
  const { t } = useWords();
  const [choice, setChoice] = useState<Choice>({ show: "open", zone: "", priority: "" });
  const { items, error, reload } = useAlarmList(choice);
  const chosen = rule !== undefined && asset !== undefined ? { rule, asset } : null;
  const shown = items && sortAlarms(items.filter((alarm) => matches(choice, alarm)));
  return (
    <div class={`alarms ${chosen ? "with-choice" : ""}`}>
      <section class="alarms-list" aria-label={t("alarms.list")}>
        <h1>{t("page.alarms")}</h1>
        <AlarmTabs current="list" />
        <DutyLine />
        {items && <Counts items={items} />}
        <Filters choice={choice} onChange={setChoice} />
        {error ? <Failure error={error} retry={reload} /> : !shown && <Loading />}
        {shown?.length === 0 && <Empty>{t("alarms.none")}</Empty>}
        <ul class="alarm-rows">
          {shown?.map((alarm) => (
            <AlarmRow
              key={alarmKey(alarm)}
              alarm={alarm}
              selected={chosen !== null && alarmKey(alarm) === alarmKey(chosen)}
            />
          ))}
        </ul>
      </section>
      <section class="panel alarms-detail">
        {chosen ? <AlarmPanel key={alarmKey(chosen)} {...chosen} /> : <Empty>{t("alarms.choose")}</Empty>}
      </section>
    </div>
  );
}
