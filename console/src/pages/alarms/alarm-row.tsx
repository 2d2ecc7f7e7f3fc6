import type { Alarm } from "../../api/types";
import { useWords } from "../../i18n/text";
import { useAge } from "../../state/live";
import { PriorityShape } from "../../widgets/icons";

export const alarmPath = (alarm: { rule: string; asset: string }) =>
  `/alarms/${encodeURIComponent(alarm.rule)}/${encodeURIComponent(alarm.asset)}`;

/** One alarm in a list; the whole row leads to it. */
export function AlarmRow({ alarm, selected }: { alarm: Alarm; selected: boolean }) {
  const { t, say, lasting } = useWords();
  // 0: its condition has never changed, so it has no age.
  const age = useAge(alarm.since_ms || null, 60_000);
  return (
    <li class={`alarm-row alarm-${alarm.state}`} data-testid="alarm" data-alarm={`${alarm.rule}/${alarm.asset}`}>
      <PriorityShape priority={alarm.priority} state={alarm.state} />
      <div>
        <p class="alarm-head">
          <a href={alarmPath(alarm)} aria-current={selected ? "true" : undefined}>
            {say(alarm.asset_name)}
          </a>
          <span class="alarm-age">{age === null ? "" : lasting(Math.max(age, 60_000))}</span>
        </p>
        <p class="alarm-text">{say(alarm.text)}</p>
        <p class="alarm-tags">
          <span>{t(`priority.${alarm.priority}`)}</span>
          <span data-testid="alarm-state">{t(`alarm.${alarm.state}`)}</span>
        </p>
      </div>
    </li>
  );
}
