import type { LastValue } from "../../api/meters";
import { factorOf } from "../../i18n/quantities";
import type { Words } from "../../i18n/text";

/** A state's quantities are 0 or 1: words say more. */
const STATES = /^(breaker_closed|pump_running|valve_open)(_ch\d+)?$/;

/** The latest reading as it stands on the primary side, with its unit; a state as yes or no. */
export function primaryQuantity({ t, format }: Words, last: LastValue, ratio: number): string {
  if (STATES.test(last.quantity)) return t(last.value === 0 ? "meter.no" : "meter.yes");
  return format.quantity(last.value * factorOf(last.unit, ratio), last.unit);
}
