import type { RatioFrom } from "../api/meters";
import { en } from "./en";
import type { Key, Words } from "./words";

type QuantityKey = Extract<Key, `quantity.${string}`>;

const SUFFIX = /_(l[1-3]|t\d+|ch\d+)$/;
const isKnown = (key: string): key is QuantityKey => key in en;

/** A quantity of the vocabulary in words: `voltage_l1` is "Voltage L1". A name we do not know stands as it is. */
export function quantityName({ t }: Pick<Words, "t">, quantity: string): string {
  const suffix = SUFFIX.exec(quantity)?.[1];
  if (suffix) return `${quantityName({ t }, quantity.replace(SUFFIX, ""))} ${suffix.toUpperCase()}`;
  const key = `quantity.${quantity}`;
  return isKnown(key) ? t(key) : quantity;
}

const REGISTERS: ReadonlySet<string> = new Set([
  "energy_import",
  "energy_export",
  "reactive_energy_import",
  "reactive_energy_export",
  "volume",
  "gas_volume",
  "heat_energy",
  "counter_raw",
]);

/** Whether readings count on for ever: final values are then what was added in each interval. */
export const isRegister = (quantity: string): boolean => REGISTERS.has(quantity.replace(SUFFIX, ""));

/** Units of what a CT/VT ratio or a pulse weight scales: never a voltage, a pressure or a state. */
const SCALED_UNITS: ReadonlySet<string> = new Set(["kW", "kvar", "kVA", "kWh", "kvarh", "m3/h", "m3"]);

/** What a reading at the meter's terminals is multiplied by. */
export const factorOf = (unit: string, ratio: number): number => (SCALED_UNITS.has(unit) ? ratio : 1);

/** The ratio that was in force at an instant; they are in order of time. */
export const ratioAt = (ratios: readonly RatioFrom[], ms: number): number =>
  ratios.findLast((one) => one.from_ms <= ms)?.factor ?? 1;
