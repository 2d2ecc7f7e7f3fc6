import type { Load } from "../api/types";

export type TickKind = "firm" | "rated" | "order";

export interface LoadScale {
  /** The load in the unit of its capacity (MVA or m3/h), null when there is none. */
  value: number | null;
  /** Right end of the bar. */
  max: number;
  ticks: { kind: TickKind; at: number }[];
}

/** The load in the unit its capacity is told in: MVA for power, where apparent power is known. */
export function inCapacityUnit(load: Load): number | null {
  if (load.value === null || load.utility === "water") return load.value;
  return load.apparent_mva ?? load.value / 1000;
}

/** The limits there are; a firm capacity of 0 is a site without reserve, which no tick can show. */
export function limitsOf(load: Load): { kind: TickKind; at: number }[] {
  const all = [
    { kind: "firm", at: load.firm },
    { kind: "rated", at: load.rated },
    { kind: "order", at: load.order },
  ] as const;
  return all.flatMap(({ kind, at }) => (at !== null && at > 0 ? [{ kind, at }] : []));
}

/** Scale of a load's bar: from zero past the largest of load and limits, so that an overload is seen to pass its tick. */
export function loadScale(load: Load): LoadScale {
  const value = inCapacityUnit(load);
  const ticks = limitsOf(load);
  const largest = Math.max(value ?? 0, ...ticks.map((tick) => tick.at));
  return { value, max: largest > 0 ? largest * 1.05 : 1, ticks };
}

/** MW (or m3/h) that one unit of capacity stands for at the power factor of now: what draws MVA limits into a chart of MW. */
export function demandPerCapacity(load: Load): number {
  if (load.utility === "water") return 1;
  if (load.value === null || !load.apparent_mva) return 1000;
  return Math.min(1000, load.value / load.apparent_mva);
}

/** The same at the planning power factor, for charts that go on into the future: that of now, at night perhaps, is not the peak's. */
export function plannedPerCapacity(load: Load): number {
  return load.utility === "water" ? 1 : 1000 * load.planning_power_factor;
}
