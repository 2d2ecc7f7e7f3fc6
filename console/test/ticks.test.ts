import { describe, expect, it } from "vitest";
import { decimalsOf, roundStep } from "../src/charts/ticks";

describe("numbers on an axis", () => {
  it.each([
    [50, 0],
    [2.5, 1],
    [0.1, 1],
    [0.25, 2],
    [0.005, 3],
  ])("%d apart need %d decimals", (step, decimals) => expect(decimalsOf(step)).toBe(decimals));

  it.each([
    [0.31, 4, 0.1],
    [1, 4, 0.5],
    [7.9, 4, 2],
    [80, 4, 20],
  ])("reach %d with %d steps of %d", (largest, count, step) => expect(roundStep(largest, count)).toBeCloseTo(step));
});
