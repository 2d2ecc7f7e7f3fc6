const STEPS = [1, 2, 5, 10] as const;
const MOST_DECIMALS = 4;

/** Decimals that numbers this far apart need: 7.5 is not to be written as 8. */
export function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < MOST_DECIMALS; decimals += 1) {
    const scaled = step * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6) return decimals;
  }
  return MOST_DECIMALS;
}

/** The least step that people count in, with which so many reach a number. */
export function roundStep(largest: number, count: number): number {
  const rough = largest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (STEPS.find((step) => step * power >= rough * (1 - 1e-9)) ?? 10);
}
