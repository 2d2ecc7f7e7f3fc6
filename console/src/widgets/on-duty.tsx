import type { Duty } from "../api/duty";
import { useWords } from "../i18n/text";
import { useHour } from "../state/clock";
import { Empty } from "./notice";

/** Who is told of alarms now, rota by rota. */
export function OnDuty({ duty }: { duty: Duty }) {
  const { t, format } = useWords();
  const hour = useHour();
  if (duty.rotas.length === 0) return <Empty>{t("duty.noRotas", { targets: duty.targets.join(", ") || "–" })}</Empty>;
  return (
    <ul data-testid="on-duty">
      {duty.rotas.map((rota) => (
        <li key={rota.rota}>
          <strong>{rota.person || rota.target}</strong>{" "}
          <span class="muted">
            {t(rota.override ? "duty.standsIn" : "duty.until", {
              rota: rota.rota,
              until: format.timeNear(rota.until_ms, hour),
              next: rota.next_target,
            })}
          </span>
        </li>
      ))}
    </ul>
  );
}
