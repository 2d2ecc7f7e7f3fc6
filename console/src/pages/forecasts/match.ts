import type { Forecast, Series } from "../../api/types";

/** How well a forecast met what happened since, over the intervals there are of both. */
export interface Match {
  n: number;
  /** Sum of absolute errors of the median over the sum of what happened. */
  wape: number;
  /** Mean error over mean demand; positive: it said too much. */
  bias: number;
  /** Share of intervals inside P10–P90. */
  inside: number;
}

/** Compare a forecast with measured values on the same grid; null without a common interval. Pure. */
export function matchOf(forecast: Forecast, measured: { times: readonly number[]; values: Series }): Match | null {
  const at = new Map(measured.times.map((time, index) => [time, measured.values[index]]));
  let [n, error, signed, total, inside] = [0, 0, 0, 0, 0];
  forecast.time_ms.forEach((time, index) => {
    const happened = at.get(time);
    const [low, said, high] = [forecast.p10[index], forecast.p50[index], forecast.p90[index]];
    if (happened == null || said == null || low == null || high == null) return;
    n += 1;
    error += Math.abs(said - happened);
    signed += said - happened;
    total += Math.abs(happened);
    if (low <= happened && happened <= high) inside += 1;
  });
  return n === 0 || total === 0 ? null : { n, wape: error / total, bias: signed / total, inside: inside / n };
}
