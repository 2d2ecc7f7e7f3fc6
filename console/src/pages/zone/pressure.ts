import type { District } from "../../api/types";

type Pressure = NonNullable<District["pressure"]>;

export type PressureState = "low" | "high" | "ok" | "unknown";

export function pressureState({ value, min, max }: Pressure): PressureState {
  if (value === null) return "unknown";
  if (min !== null && value < min) return "low";
  return max !== null && value > max ? "high" : "ok";
}
