import type { Balance } from "../../api/types";
import { useWords } from "../../i18n/text";
import { useHour } from "../../state/clock";
import { province } from "../../state/province";
import { useStore } from "../../state/store";
import { StateShape, UtilityIcon } from "../../widgets/icons";

/** The state of one utility in a sentence. */
function Sentence({ balance }: { balance: Balance }) {
  const { t, say, format } = useWords();
  const zones = useStore(province, (known) => known?.zones);
  const hour = useHour();
  const { least } = balance;
  const zone = least && zones?.find((known) => known.id === least.zone);
  const short = least !== null && least.headroom < 0;
  const ending = least
    ? t(short ? "balance.short" : "balance.least", {
        headroom: format.quantity(Math.abs(least.headroom), balance.capacity_unit),
        zone: zone ? say(zone.name) : least.zone,
        time: format.timeNear(least.time_ms, hour),
      })
    : t("balance.noForecast");
  return (
    <p>
      <UtilityIcon utility={balance.utility} />
      <span>
        {t("balance.sentence", {
          utility: t(`utility.${balance.utility}`),
          drawn: format.quantity(balance.drawn, balance.unit),
          supplied: format.quantity(balance.supplied, balance.unit),
          headroom: format.quantity(balance.headroom, balance.capacity_unit),
        })}{" "}
        <span class={short ? "text-high" : ""}>
          {short && <StateShape state="high" />}
          {short ? ` ${ending}` : ending}
        </span>
      </span>
    </p>
  );
}

export function BalanceSentences({ balance }: { balance: Balance[] }) {
  return (
    <section class="balance" data-testid="balance">
      {balance.map((part) => (
        <Sentence key={part.utility} balance={part} />
      ))}
    </section>
  );
}
