import type { Alarm, Load } from "../../api/types";
import { demandPerCapacity } from "../../widgets/load-scale";

/**
 * An alarm's limit in the unit of the series it is drawn over: as it is, a share of the rating, or a capacity.
 * Null when the limit cannot be told in that unit: a line that is not true is not drawn.
 */
export function limitInUnitOf(alarm: Pick<Alarm, "limit" | "unit">, unit: string, load: Load | null): number | null {
  const { limit } = alarm;
  if (limit === null) return null;
  if (alarm.unit === unit) return limit;
  if (alarm.unit === "MW" && unit === "kW") return limit * 1000;
  if (!load || load.unit !== unit) return null;
  const perCapacity = demandPerCapacity(load);
  if (alarm.unit === load.capacity_unit) return limit * perCapacity;
  if (alarm.unit === "%") return (limit / 100) * load.rated * perCapacity;
  return alarm.unit === "1" ? limit * load.rated * perCapacity : null;
}
