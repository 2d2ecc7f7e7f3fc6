import type { LoadAhead } from "../api/types";
import { useWords } from "../i18n/text";
import { useLoad, useStale } from "../state/live";
import { LoadBar, LoadLimits } from "../widgets/load-bar";
import { Headroom, PeakLine } from "../widgets/load-facts";
import { LoadValue, StateMark } from "../widgets/value";
import { DemandChart } from "./demand-chart";

interface Props {
  asset: string;
  name: string;
  load: LoadAhead;
  /** Whether forecasts are made for it: of zones they are. */
  forecast: boolean;
}

/** What an asset draws now against its limits, and its chart. */
export function Demand({ asset, name: assetName, load: given, forecast }: Props) {
  const { t, format } = useWords();
  const load = useLoad<LoadAhead>(asset, given.utility, given) as LoadAhead;
  const stale = useStale(load.stale);
  const name = `${assetName}, ${t(`utility.${load.utility}`)}`;
  return (
    <div data-testid={`demand-${load.utility}`}>
      <div class="demand-now">
        <LoadValue load={load} />
        <span class="use">
          {format.percent(load.utilisation)} <StateMark state={load.state} />
        </span>
        <Headroom load={load} />
      </div>
      <LoadBar load={load} name={name} stale={stale} />
      <LoadLimits load={load} />
      {forecast && <PeakLine peak={load.peak} unit={load.unit} />}
      <DemandChart asset={asset} name={name} load={load} forecast={forecast} />
    </div>
  );
}
