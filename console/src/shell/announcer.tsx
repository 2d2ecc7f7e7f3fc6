import { useWords } from "../i18n/text";
import { announced } from "../state/live";
import { useStore } from "../state/store";

/** Tells screen readers of new alarms, and of nothing else. */
export function AlarmAnnouncer() {
  const { t, say } = useWords();
  const alarm = useStore(announced);
  return (
    <div class="visually-hidden" aria-live="assertive" data-testid="announcer">
      {alarm &&
        t("alarms.new", {
          priority: t(`priority.${alarm.priority}`),
          asset: say(alarm.asset_name),
          text: say(alarm.text),
        })}
    </div>
  );
}
