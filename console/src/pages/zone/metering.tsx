import type { MeterBalance, QualityShares, ZoneDetail } from "../../api/types";
import { shownUnit } from "../../i18n/format";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { meterPath } from "../../widgets/crumbs";
import { Empty } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";

export function SupplyOrders({ orders }: { orders: ZoneDetail["supply_orders"] }) {
  const { t, say, format } = useWords();
  const hour = useHour();
  if (orders.length === 0) return null;
  return (
    <section class="orders">
      <h2>{t("zone.orders")}</h2>
      {orders.map((order) => (
        <p key={order.id}>
          {t("zone.orderLine", {
            utility: t(`utility.${order.utility}`),
            quota: `${format.number(order.quota)} ${order.utility === "power" ? "MW" : shownUnit("m3/h").unit}`,
            start: format.timeNear(order.start_ms, hour),
            end: format.timeNear(order.end_ms, hour),
            reason: say(order.reason),
          })}
        </p>
      ))}
    </section>
  );
}

/** What the main meters measured against the sum of the meters below them. */
export function BalanceTable({ balance }: { balance: MeterBalance[] }) {
  const { t, format } = useWords();
  if (balance.length === 0) return <Empty>{t("zone.none")}</Empty>;
  return (
    <Scroll label={t("zone.balance")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("column.utility")}</th>
            {(["main", "sub", "difference", "share"] as const).map((column) => (
              <th key={column} scope="col" class="figure">
                {t(`column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {balance.map((part) => (
            <tr key={part.utility}>
              <th scope="row">
                {t(`utility.${part.utility}`)} <span class="unit">{shownUnit(part.unit).unit}</span>
              </th>
              <td class="figure">{format.value(part.main, part.unit)}</td>
              <td class="figure">{format.value(part.sub, part.unit)}</td>
              <td class="figure">{format.value(part.difference, part.unit)}</td>
              <td class="figure">{format.percent(part.share, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const QUALITIES = ["measured", "estimated", "suspect", "missing"] as const satisfies readonly (keyof QualityShares)[];

/** How the last day's values came about, as one bar and in numbers. */
export function QualityBar({ quality }: { quality: QualityShares }) {
  const { t, format } = useWords();
  return (
    <>
      <div class="quality" aria-hidden="true">
        {QUALITIES.map((label) => (
          <div key={label} class={`quality-${label}`} style={{ flexGrow: quality[label] }} />
        ))}
      </div>
      <ul class="quality-key">
        {QUALITIES.map((label) => (
          <li key={label} class={`key-${label}`}>
            {`${t(`quality.${label}`)} ${format.percent(quality[label], 1)}`}
          </li>
        ))}
      </ul>
    </>
  );
}

export function SilentMeters({ silent }: { silent: ZoneDetail["silent"] }) {
  const { t, say, format } = useWords();
  const hour = useHour();
  if (silent.length === 0) return <Empty>{t("zone.noSilent")}</Empty>;
  return (
    <ul class="silent">
      {silent.map(({ meter, name, last_ms }) => (
        <li key={meter}>
          <a href={meterPath(meter)}>{say(name)}</a>{" "}
          <span class="muted">
            {last_ms === null ? t("zone.silentNever") : t("zone.silentSince", { time: format.timeNear(last_ms, hour) })}
          </span>
        </li>
      ))}
    </ul>
  );
}
