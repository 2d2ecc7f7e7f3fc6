import type { LastValue, MeterDetail } from "../../api/meters";
import { unitSign } from "../../i18n/format";
import { factorOf, quantityName } from "../../i18n/quantities";
import { useWords } from "../../i18n/text";
import { useStale } from "../../state/live";
import { meterPath } from "../../widgets/crumbs";
import { LastHeard } from "../../widgets/last-heard";
import { Scroll } from "../../widgets/scroll";
import { primaryQuantity } from "./primary";
import { ValueBar } from "./value-bar";

interface RowProps {
  meter: MeterDetail;
  quantity: string;
  chosen: boolean;
}

function Cells({ last, meter }: { last: LastValue; meter: MeterDetail }) {
  const words = useWords();
  const stale = useStale(meter.silent);
  const scaled = factorOf(last.unit, meter.ratio) !== 1;
  return (
    <>
      <td class={`figure ${stale ? "stale" : ""}`}>{primaryQuantity(words, last, meter.ratio)}</td>
      <td class="figure muted">{scaled ? `${words.format.figures(last.value)} ${unitSign(last.unit)}` : "="}</td>
      <td class="use-cell">
        <ValueBar last={last} stale={stale} />
      </td>
      <td class="word">
        <LastHeard at={last.time_ms} silent={false} />
      </td>
    </>
  );
}

function Row({ meter, quantity, chosen }: RowProps) {
  const words = useWords();
  const last = meter.values.find((value) => value.quantity === quantity);
  return (
    <tr class={chosen ? "chosen" : ""}>
      <th scope="row">
        <a href={meterPath(meter.id, quantity)} aria-current={chosen ? "true" : undefined}>
          {quantityName(words, quantity)}
        </a>
      </th>
      {last ? <Cells last={last} meter={meter} /> : <td colSpan={4}>{words.t("meter.nothingYet")}</td>}
    </tr>
  );
}

/** Every quantity of a meter: its latest reading, what it means on the primary side, and the limits it must keep. */
export function QuantityTable({ meter, chosen }: { meter: MeterDetail; chosen: string | undefined }) {
  const { t } = useWords();
  return (
    <Scroll label={t("meter.quantity")}>
      <table class="named-rows quantities">
        <thead>
          <tr>
            <th scope="col">{t("meter.quantity")}</th>
            <th scope="col" class="figure">
              {t("meter.value")}
            </th>
            <th scope="col" class="figure">
              {t("meter.terminals")}
            </th>
            <th scope="col">{t("meter.limits")}</th>
            <th scope="col">{t("meter.measured")}</th>
          </tr>
        </thead>
        <tbody>
          {meter.quantities.map((quantity) => (
            <Row key={quantity} meter={meter} quantity={quantity} chosen={quantity === chosen} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
