import type { LastValue, MeterDetail } from "../../api/meters";
import { quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { meterPath } from "../../widgets/crumbs";
import { LastHeard } from "../../widgets/last-heard";
import { Scroll } from "../../widgets/scroll";
import { primaryQuantity } from "../meter/primary";

/** One quantity of a meter with its latest value; the whole of it leads to the raw data. */
function QuantityLink({
  meter,
  quantity,
  last,
}: {
  meter: MeterDetail;
  quantity: string;
  last: LastValue | undefined;
}) {
  const words = useWords();
  return (
    <a class="quantity-link" href={meterPath(meter.id, quantity)}>
      <span>{quantityName(words, quantity)}</span>{" "}
      <span class={meter.silent ? "figure stale" : "figure"}>
        {last ? primaryQuantity(words, last, meter.ratio) : "–"}
      </span>
    </a>
  );
}

/** Meters of an asset: main ones first. */
export function MeterTable({ meters }: { meters: MeterDetail[] }) {
  const { t, say } = useWords();
  const order = ["main", "check", "sub", "sensor"];
  const sorted = [...meters].sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
  return (
    <Scroll label={t("asset.meters")}>
      <table class="named-rows meters">
        <thead>
          <tr>
            <th scope="col">{t("column.name")}</th>
            <th scope="col">{t("meter.role")}</th>
            <th scope="col">{t("meter.heard")}</th>
            <th scope="col">{t("meter.quantities")}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((meter) => (
            <tr key={meter.id}>
              <th scope="row">
                <a href={meterPath(meter.id)}>{say(meter.name)}</a>
              </th>
              <td class="word">{t(`role.${meter.role}`)}</td>
              <td class="word">
                <LastHeard at={meter.last_ms} silent={meter.silent} />
              </td>
              <td>
                <div class="quantity-links">
                  {meter.quantities.map((quantity) => (
                    <QuantityLink
                      key={quantity}
                      meter={meter}
                      quantity={quantity}
                      last={meter.values.find((value) => value.quantity === quantity)}
                    />
                  ))}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
