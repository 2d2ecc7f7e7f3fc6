import type { Alarm } from "../../api/types";
import { useWords } from "../../i18n/text";
import { alarmKey, sortAlarms } from "../../state/alarm-list";
import { alarms } from "../../state/live";
import { useStore } from "../../state/store";
import { Empty, Loading } from "../../widgets/notice";
import { AlarmRow } from "./alarm-row";

const SHOWN = 8;

/** The most urgent of the open alarms; of those wanted, where it says which. */
export function OpenAlarms({ only = () => true }: { only?: (alarm: Alarm) => boolean }) {
  const { t } = useWords();
  const open = useStore(alarms);
  if (open === null) return <Loading />;
  const sorted = sortAlarms(open.values()).filter(only);
  if (sorted.length === 0) return <Empty>{t("overview.noAlarms")}</Empty>;
  const hidden = sorted.length - SHOWN;
  return (
    <>
      <ul class="alarm-rows">
        {sorted.slice(0, SHOWN).map((alarm) => (
          <AlarmRow key={alarmKey(alarm)} alarm={alarm} selected={false} />
        ))}
      </ul>
      {hidden > 0 && (
        <p class="note">
          <a href="/alarms">{t("overview.more", { count: String(hidden) })}</a>
        </p>
      )}
    </>
  );
}
