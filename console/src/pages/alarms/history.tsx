import type { Delivery, Transition } from "../../api/types";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { Empty } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";

/** What happened to the alarm, the newest first. */
export function History({ history, unit }: { history: Transition[]; unit: string | null }) {
  const { t, say, format, amount } = useWords();
  const hour = useHour();
  const newestFirst = [...history].sort((a, b) => b.known_ms - a.known_ms || b.event_ms - a.event_ms);
  return (
    <section>
      <h3>{t("alarm.history")}</h3>
      {history.length === 0 && <Empty>{t("alarm.noHistory")}</Empty>}
      <ol class="history" data-testid="history">
        {newestFirst.map((step, index) => (
          <li key={`${step.known_ms}/${step.event_ms}/${newestFirst.length - index}`}>
            <time dateTime={new Date(step.event_ms).toISOString()}>{format.timeNear(step.event_ms, hour)}</time>
            <div>
              <p>
                <strong>{`${t(`alarm.${step.before}`)} → ${t(`alarm.${step.after}`)}`}</strong>
                {step.value !== null && ` ${amount(step.value, unit ?? "1")}`}
              </p>
              {step.person !== "" && <p>{step.comment ? `${step.person}: ${step.comment}` : step.person}</p>}
              <p class="muted">
                {say(step.text)}
                {step.after === "UNACK" && !step.announced && ` (${t("alarm.notAnnounced")})`}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function Deliveries({ deliveries }: { deliveries: Delivery[] }) {
  const { t } = useWords();
  return (
    <section>
      <h3>{t("alarm.deliveries")}</h3>
      {deliveries.length === 0 ? (
        <Empty>{t("alarm.noDeliveries")}</Empty>
      ) : (
        <Scroll label={t("alarm.deliveries")}>
          <table>
            <thead>
              <tr>
                {(["target", "status", "attempts", "receipt"] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`delivery.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {deliveries.map((delivery, index) => (
                // A target may be sent to several times, and the list only grows: its place is its key.
                <tr key={index}>
                  <td>{delivery.target}</td>
                  <td>{t(`delivery.${delivery.status}`)}</td>
                  <td class="figure">{delivery.attempts}</td>
                  <td class="told">{delivery.receipt || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
