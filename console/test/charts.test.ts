import { describe, expect, it } from "vitest";
import type { Forecast, History } from "../src/api/types";
import { align, linesIn, withGaps } from "../src/charts/align";
import { freePlace } from "../src/charts/free-place";
import { valueRange } from "../src/charts/options";
import { sparkPath } from "../src/widgets/sparkline";

const STEP = 900_000;

const history: History = {
  quantity: "power",
  unit: "kW",
  step_s: 900,
  start_ms: [0, STEP, 2 * STEP, 5 * STEP],
  value: [1000, null, 3000, 4000],
  low: [900, null, 2900, 3900],
  high: [1100, null, 3100, 4100],
  quality: ["measured", "missing", "estimated", "measured"],
};

const forecast: Forecast = {
  target: "zone",
  quantity: "power",
  unit: "kW",
  issue_ms: 5 * STEP,
  step_s: 900,
  model: "model",
  fallback_text: { vi: "", en: "" },
  remarks_text: { vi: "", en: "" },
  time_ms: [6 * STEP, 7 * STEP, 8 * STEP],
  p05: [3400, 3300, 3200],
  p10: [3500, 3400, 3300],
  p25: [3800, 3700, 3600],
  p50: [4000, 4000, 4000],
  p75: [4200, 4300, 4400],
  p90: [4500, 4600, 4700],
  p95: [4600, 4700, 4800],
};

const sources = { history, forecast, live: null, until: 7 * STEP, factor: 1e-3 };

describe("align", () => {
  it("puts everything on one rising axis, in the unit shown, the forecast up to the end shown", () => {
    const aligned = align(sources);
    expect(aligned.times).toEqual([0, 1, 2, 3, 5, 6, 7].map((step) => step * STEP));
    expect(aligned.p50).toEqual([undefined, undefined, undefined, undefined, undefined, 4, 4]);
    expect(aligned.p90.at(-1)).toBeCloseTo(4.6);
  });

  it("keeps a missing value as a gap and makes one where intervals are absent", () => {
    const { measured } = align(sources);
    expect(measured.slice(0, 5)).toEqual([1, null, 3, null, 4]);
  });

  it("says how each stored value came about, and nothing of forecasts", () => {
    const { quality } = align(sources);
    expect(quality).toEqual(["measured", "missing", "estimated", undefined, "measured", undefined, undefined]);
  });

  it("puts raw readings and an earlier forecast beside the rest, without bridging a silence", () => {
    const raw = { times: [0, 1000, 2000, 3 * STEP], values: [1000, 1100, 1200, 1300] };
    const past = { times: [6 * STEP], values: [3900] };
    const aligned = align({ ...sources, raw, past });
    const shown = aligned.raw.filter((value) => value !== undefined);
    expect(shown).toEqual([1, 1.1, 1.2, null, 1.3]);
    expect(aligned.past[aligned.times.indexOf(6 * STEP)]).toBeCloseTo(3.9);
    expect(linesIn(aligned)).toEqual(["raw", "measured", "p10", "p50", "p90", "past"]);
  });

  it("shows lowest and highest where a point stands for more than an hour, and not beside sums", () => {
    expect(linesIn(align(sources))).not.toContain("high");
    const coarse = { ...history, step_s: 7 * 86_400, start_ms: [0, 1, 2, 3].map((week) => week * 7 * 86_400_000) };
    const shown = align({ ...sources, history: coarse, forecast: null });
    expect(shown.low).toEqual([0.9, null, 2.9, 3.9]);
    expect(shown.high).toEqual([1.1, null, 3.1, 4.1]);
    expect(linesIn(align({ ...sources, history: coarse, forecast: null, extremes: false }))).toEqual(["measured"]);
  });

  it("shows the outer quantiles only where asked for", () => {
    expect(linesIn(align(sources))).not.toContain("p05");
    expect(linesIn(align({ ...sources, wide: true }))).toContain("p95");
  });

  it("ends with the live value when it is newer than the stored ones, and only then", () => {
    const newer = align({ ...sources, live: { at: 5 * STEP + 60_000, value: 4200 } });
    expect(newer.measured[newer.times.indexOf(5 * STEP + 60_000)]).toBeCloseTo(4.2);
    const older = align({ ...sources, live: { at: STEP, value: 9999 } });
    expect(older.times).toEqual(align(sources).times);
  });

  it("shows history without a forecast, a forecast without history, and nothing", () => {
    expect(align({ ...sources, forecast: null }).p50.every((value) => value === undefined)).toBe(true);
    expect(align({ ...sources, history: null }).times).toEqual([6 * STEP, 7 * STEP]);
    expect(align({ ...sources, history: null, forecast: null }).times).toEqual([]);
  });
});

describe("withGaps", () => {
  it("leaves neighbours alone", () => {
    const track = { times: [0, STEP], values: [1, 2] };
    expect(withGaps(track, STEP)).toEqual(track);
  });
});

describe("valueRange", () => {
  const limit = (at: number) => ({ lines: [{ kind: "limit" as const, label: "", at }] });

  it("starts at zero and reaches past data and limits", () => {
    expect(valueRange(40, 80, limit(100), "zero")).toEqual([0, 112.00000000000001]);
  });

  it("reaches below zero for what is fed back", () => {
    expect(valueRange(-10, 50, { lines: [] }, "zero")[0]).toBeLessThan(-10);
  });

  it("stays near values of which zero says nothing, with a limit close by but not one far away", () => {
    const [low, high] = valueRange(21_900, 22_000, limit(22_300), "near");
    expect(low).toBeGreaterThan(21_000);
    expect(high).toBeGreaterThan(22_300);
    expect(valueRange(21_900, 22_000, limit(90_000), "near")[1]).toBeLessThan(22_500);
  });
});

describe("sparkPath", () => {
  it("breaks at a missing value", () => {
    expect(sparkPath([1, 1, null, 1, 1], 1).match(/M/g)).toHaveLength(2);
  });

  it("is empty without values", () => {
    expect(sparkPath([null, null], 0)).toBe("");
  });
});

describe("freePlace", () => {
  const label = { width: 50, height: 16 };
  const plot = { left: 0, right: 450 };

  it("stays at the left above the line where nothing crosses it", () => {
    expect(freePlace(100, label, plot, () => ({ top: 150, bottom: 200 }))).toEqual({ x: 0, above: true });
  });

  it("goes below the line when the series run above it", () => {
    expect(freePlace(100, label, plot, () => ({ top: 80, bottom: 95 }))).toEqual({ x: 0, above: false });
  });

  it("moves along the line until the series leave it room", () => {
    const crossing = (from: number) => (from < 180 ? { top: 80, bottom: 140 } : { top: 150, bottom: 200 });
    const place = freePlace(100, label, plot, crossing);
    expect(place.above).toBe(true);
    expect(place.x).toBeGreaterThanOrEqual(180);
    expect(place.x).toBeLessThan(220);
  });

  it("takes the left when there is room nowhere", () => {
    expect(freePlace(100, label, plot, () => ({ top: 0, bottom: 200 }))).toEqual({ x: 0, above: true });
    expect(freePlace(100, { width: 500, height: 16 }, plot, () => null)).toEqual({ x: 0, above: true });
  });
});
