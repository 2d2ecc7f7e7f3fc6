import { getDuty } from "../../api/duty";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";

const REFRESH_MS = 60_000;

/** Who is told of alarms now, in one line that leads to the rotas. */
export function DutyLine() {
  const { t } = useWords();
  const { data } = useResource("duty", getDuty, { everyMs: REFRESH_MS });
  if (!data) return null;
  const people = data.rotas.map((rota) => rota.person || rota.target);
  return (
    <p class="note">
      {t("duty.now")}: <a href="/settings/duty">{(people.length > 0 ? people : data.targets).join(", ") || "–"}</a>
    </p>
  );
}
