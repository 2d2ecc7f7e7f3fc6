import { describe, expect, it } from "vitest";
import type { Forecast } from "../src/api/types";
import { matchOf } from "../src/pages/forecasts/match";

const flat = (value: number) => [value, value, value, value];
const forecast: Forecast = {
  target: "zone",
  quantity: "power",
  unit: "kW",
  issue_ms: 0,
  step_s: 900,
  model: "model",
  fallback_text: { vi: "", en: "" },
  remarks_text: { vi: "", en: "" },
  time_ms: [0, 1, 2, 3],
  p05: flat(80),
  p10: flat(90),
  p25: flat(95),
  p50: flat(100),
  p75: flat(105),
  p90: flat(110),
  p95: flat(120),
};

describe("matchOf", () => {
  it("measures error, bias and coverage over the intervals that have happened", () => {
    const match = matchOf(forecast, { times: [0, 1, 2], values: [100, 120, 80] });
    expect(match).toEqual({ n: 3, wape: 40 / 300, bias: 0, inside: 1 / 3 });
  });

  it("leaves out what is missing, and is none where nothing happened yet", () => {
    expect(matchOf(forecast, { times: [0, 1], values: [null, 50] })).toMatchObject({ n: 1, bias: 1 });
    expect(matchOf(forecast, { times: [9], values: [100] })).toBeNull();
    expect(matchOf(forecast, { times: [0], values: [null] })).toBeNull();
  });
});
