import { useId } from "preact/hooks";
import type { Alarm, Priority } from "../../api/types";
import { useWords } from "../../i18n/text";
import { province } from "../../state/province";
import { useStore } from "../../state/store";

export interface Choice {
  show: "open" | "all";
  /** Id of a zone; empty: every zone. */
  zone: string;
  priority: Priority | "";
}

const PRIORITIES: readonly Priority[] = ["critical", "high", "medium", "low"];

export function matches(choice: Choice, alarm: Alarm): boolean {
  return (
    (choice.zone === "" || alarm.zone === choice.zone) && (choice.priority === "" || alarm.priority === choice.priority)
  );
}

export function Filters({ choice, onChange }: { choice: Choice; onChange: (choice: Choice) => void }) {
  const { t, say } = useWords();
  const zones = useStore(province, (known) => known?.zones) ?? [];
  const [zoneField, priorityField] = [useId(), useId()];
  return (
    <div class="filters">
      <fieldset class="segments">
        <legend class="visually-hidden">{t("alarms.show")}</legend>
        {(["open", "all"] as const).map((show) => (
          <button
            key={show}
            type="button"
            aria-pressed={choice.show === show}
            onClick={() => onChange({ ...choice, show })}
          >
            {t(`alarms.${show}`)}
          </button>
        ))}
      </fieldset>
      <label for={zoneField}>
        <span class="visually-hidden">{t("alarms.zone")}</span>
        <select
          id={zoneField}
          value={choice.zone}
          onChange={(event) => onChange({ ...choice, zone: event.currentTarget.value })}
        >
          <option value="">{t("alarms.everyZone")}</option>
          {zones.map((zone) => (
            <option key={zone.id} value={zone.id}>
              {say(zone.name)}
            </option>
          ))}
        </select>
      </label>
      <label for={priorityField}>
        <span class="visually-hidden">{t("alarms.priority")}</span>
        <select
          id={priorityField}
          value={choice.priority}
          onChange={(event) => onChange({ ...choice, priority: event.currentTarget.value as Choice["priority"] })}
        >
          <option value="">{t("alarms.everyPriority")}</option>
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {t(`priority.${priority}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
