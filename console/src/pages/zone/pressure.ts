import type { District } from "../../api/types";

type Pressure = NonNullable<District["pressure"]>;

/** Where a pressure lies against its limits. */
export function pressureState({ value, min, max }: Pick<Pressure, "value" | "min" | "max">): "low" | "high" | "ok" {
  if (value < min) return "low";
  return value > max ? "high" : "ok";
}
