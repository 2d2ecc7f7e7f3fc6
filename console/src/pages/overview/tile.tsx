import type { LoadWithTrend } from "../../api/types";
import { useWords } from "../../i18n/text";
import { useLoad, useStale } from "../../state/live";
import { UtilityIcon } from "../../widgets/icons";
import { LoadBar, LoadLimits } from "../../widgets/load-bar";
import { Headroom, PeakLine } from "../../widgets/load-facts";
import { Sparkline } from "../../widgets/sparkline";
import { LoadValue, StateMark } from "../../widgets/value";
import type { TileData } from "./order";

/** One zone's one utility; the whole tile leads to the zone. */
export function Tile({ zone, name, load: given }: TileData) {
  const { t, say, format } = useWords();
  const load = useLoad<LoadWithTrend>(zone, given.utility, given) as LoadWithTrend;
  const stale = useStale(load.stale);
  const label = `${say(name)}, ${t(`utility.${load.utility}`)}`;
  return (
    <li class={`tile state-${load.state}`} data-testid="tile" data-zone={zone} data-utility={load.utility}>
      <h2>
        <a href={`/zones/${encodeURIComponent(zone)}`}>{say(name)}</a>
        <span class="utility">
          <UtilityIcon utility={load.utility} />
          {t(`utility.${load.utility}`)}
        </span>
      </h2>
      <div class="tile-now">
        <LoadValue load={load} />
        <span class="use">
          {format.percent(load.utilisation)} <StateMark state={load.state} />
        </span>
      </div>
      <LoadBar load={load} name={label} stale={stale} />
      <LoadLimits load={load} />
      <Sparkline values={given.spark} label={`${label}: ${t("load.trend")}`} />
      <Headroom load={load} />
      <PeakLine peak={load.peak} unit={load.unit} />
    </li>
  );
}
