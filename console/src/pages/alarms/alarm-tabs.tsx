import { useWords } from "../../i18n/text";
import { Tabs } from "../../widgets/tabs";

const PARTS = ["list", "incidents", "outages", "metrics"] as const;
export type AlarmPart = (typeof PARTS)[number];

/** The parts of the alarms' page. */
export function AlarmTabs({ current }: { current: AlarmPart }) {
  const { t } = useWords();
  return (
    <Tabs
      label={t("alarmPart.parts")}
      tabs={PARTS.map((part) => ({
        href: part === "list" ? "/alarms" : `/alarms/${part}`,
        words: t(`alarmPart.${part}`),
        current: part === current,
      }))}
    />
  );
}
