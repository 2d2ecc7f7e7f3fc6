const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Wait before attempt `attempt` (0, 1, ..): doubling, capped, spread over its upper half so that clients do not return in step. */
export function backOff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
