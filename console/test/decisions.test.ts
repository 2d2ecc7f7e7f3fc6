import { describe, expect, it } from "vitest";
import { backOff } from "../src/api/back-off";
import type { Load, LoadWithTrend } from "../src/api/types";
import { labelBox, placeLabels } from "../src/map/label-places";
import { worstState } from "../src/map/worst-state";
import { actionsFor, wordsNeeded } from "../src/pages/alarms/actions";
import { limitInUnitOf } from "../src/pages/alarms/trend";
import { orderTiles } from "../src/pages/overview/order";
import { pressureState } from "../src/pages/zone/pressure";
import { matchPath } from "../src/route-match";
import { alarmKey, applyChanges, isNew, sortAlarms } from "../src/state/alarm-list";
import { demandPerCapacity, loadScale, plannedPerCapacity } from "../src/widgets/load-scale";
import { alarm, load } from "./fixtures";

describe("backOff", () => {
  it("doubles, stays under its cap and is spread over its upper half", () => {
    expect([0, 1, 2].map((attempt) => backOff(attempt, () => 1))).toEqual([500, 1000, 2000]);
    expect(backOff(50, () => 1)).toBe(15_000);
    expect(backOff(0, () => 0)).toBe(250);
  });
});

describe("loadScale", () => {
  it("measures power by its apparent power and reaches past the largest limit", () => {
    const scale = loadScale(load());
    expect(scale.value).toBe(100);
    expect(scale.max).toBeCloseTo(189 * 1.05);
  });

  it("reaches past an overload", () => {
    expect(loadScale(load({ apparent_mva: 200 })).max).toBeCloseTo(210);
  });

  it("draws no tick for a firm capacity of 0", () => {
    expect(loadScale(load({ firm: 0 })).ticks.map((tick) => tick.kind)).toEqual(["rated"]);
  });

  it("is of one unit of length with neither load nor limits", () => {
    const none = load({ value: null, apparent_mva: null, rated: 0, firm: null });
    expect(loadScale(none)).toEqual({ value: null, max: 1, ticks: [] });
  });
});

describe("demandPerCapacity", () => {
  it("is kW per MVA at the power factor of now, 1 m3/h for water", () => {
    expect(demandPerCapacity(load())).toBeCloseTo(940);
    expect(demandPerCapacity(load({ utility: "water" }))).toBe(1);
  });

  it("takes a power factor of 1 where it is unknown, and never more", () => {
    expect(demandPerCapacity(load({ apparent_mva: null }))).toBe(1000);
    expect(demandPerCapacity(load({ apparent_mva: 90 }))).toBe(1000);
  });
});

describe("plannedPerCapacity", () => {
  it("is kW at the planning power factor, whatever flows now, and m³/h as they are", () => {
    expect(plannedPerCapacity(load())).toBeCloseTo(900);
    expect(plannedPerCapacity(load({ value: null, apparent_mva: null }))).toBeCloseTo(900);
    expect(plannedPerCapacity(load({ utility: "water" }))).toBe(1);
  });
});

describe("limitInUnitOf", () => {
  const power = load();
  it.each([
    ["its own unit", { limit: 5000, unit: "kW" }, 5000],
    ["MVA of the capacity", { limit: 126, unit: "MVA" }, 126 * 940],
    ["per cent of the rating", { limit: 90, unit: "%" }, 0.9 * 189 * 940],
    ["a share of the rating", { limit: 0.9, unit: "1" }, 0.9 * 189 * 940],
    ["a unit that cannot be told in kW", { limit: 3, unit: "h" }, null],
    ["no limit", { limit: null, unit: "kW" }, null],
  ])("understands %s", (_, given, wanted) => {
    const found = limitInUnitOf(given, "kW", power);
    if (wanted === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(wanted);
  });
});

describe("alarms", () => {
  it("come by state, then priority, then the newest first", () => {
    const sorted = sortAlarms([
      alarm({ rule: "acknowledged", state: "ACKED", priority: "critical" }),
      alarm({ rule: "low", priority: "low" }),
      alarm({ rule: "high, old", priority: "high", since_ms: 1 }),
      alarm({ rule: "high, new", priority: "high", since_ms: 2 }),
    ]);
    expect(sorted.map(({ rule }) => rule)).toEqual(["high, new", "high, old", "low", "acknowledged"]);
  });

  it("leave the open list when they are back to normal", () => {
    const open = applyChanges(new Map(), [alarm()]);
    expect(applyChanges(open, [alarm({ state: "NORM" })]).size).toBe(0);
    expect(open.has(alarmKey(alarm()))).toBe(true);
  });

  it("are new when they begin to call, not when they say more", () => {
    expect(isNew(undefined, alarm())).toBe(true);
    expect(isNew(alarm({ state: "RTNUN" }), alarm())).toBe(true);
    expect(isNew(alarm(), alarm({ value: 2 }))).toBe(false);
    expect(isNew(undefined, alarm({ state: "ACKED" }))).toBe(false);
  });

  it("offer what their state allows, the most likely first", () => {
    expect(actionsFor(alarm())).toEqual(["acknowledge", "shelve", "out-of-service"]);
    expect(actionsFor(alarm({ state: "ACKED" }))).toEqual(["shelve", "out-of-service"]);
    expect(actionsFor(alarm({ state: "LATCHED-ACKED" }))[0]).toBe("reset");
    const why = { reason: "", person: "", until_ms: 0 };
    expect(actionsFor(alarm({ state: "SHLVD", suppressions: { shelved: why } }))[0]).toBe("unshelve");
    expect(actionsFor(alarm({ state: "OOSRV", suppressions: { out_of_service: why } }))).toEqual(["return"]);
  });

  it("need words to be shelved, and to be acknowledged where the server says so", () => {
    expect(wordsNeeded("out-of-service", alarm())).toBe(true);
    expect(wordsNeeded("shelve", alarm())).toBe(true);
    expect(wordsNeeded("acknowledge", alarm())).toBe(false);
    expect(wordsNeeded("acknowledge", alarm({ comment_required: true }))).toBe(true);
  });
});

describe("orderTiles", () => {
  const name = { vi: "", en: "" };
  const trend = (over: Partial<Load>): LoadWithTrend => ({ ...load(over), peak: null, spark: [] });
  const zones = [
    { id: "calm", name, loads: [trend({})] },
    { id: "high", name, loads: [trend({ state: "high", utilisation: 0.85 })] },
    { id: "higher", name, loads: [trend({ state: "high", utilisation: 0.95 })] },
    { id: "over", name, loads: [trend({ state: "over" })] },
    { id: "last", name, loads: [trend({ utilisation: 0.7 })] },
  ];

  it("puts the abnormal first and leaves the normal in the registry's order", () => {
    const order = orderTiles(zones, (_, given) => given.state).map(({ zone }) => zone);
    expect(order).toEqual(["over", "higher", "high", "calm", "last"]);
  });
});

describe("worstState", () => {
  it("is the worst over the utilities", () => {
    expect(worstState([load(), load({ state: "high" }), load({ state: "unknown" })])).toBe("high");
    expect(worstState([])).toBe("normal");
  });
});

describe("pressureState", () => {
  it.each([
    [1.9, "low"],
    [2, "ok"],
    [5.1, "high"],
  ] as const)("%s bar is %s", (value, state) => {
    expect(pressureState({ value, min: 2, max: 5 })).toBe(state);
  });
});

describe("matchPath", () => {
  it("fills a pattern's parts, decoded", () => {
    expect(matchPath("/alarms/:rule/:asset", "/alarms/a%20b/c")).toEqual({ rule: "a b", asset: "c" });
  });

  it("fits whole paths only", () => {
    expect(matchPath("/zones/:id", "/zones")).toBeNull();
    expect(matchPath("/zones/:id", "/zones/a/b")).toBeNull();
    expect(matchPath("/", "/")).toEqual({});
  });

  it("takes a path that cannot be decoded as unknown", () => {
    expect(matchPath("/zones/:id", "/zones/%E0%A4%A")).toBeNull();
  });
});

describe("placeLabels", () => {
  const shape = (x: number, y: number) => ({ x, y, halfWidth: 10, halfHeight: 10, label: { width: 60, height: 14 } });
  const map = { width: 400, height: 300 };

  it("keeps labels off each other and inside the map", () => {
    const shapes = [shape(100, 100), shape(150, 100), shape(390, 200)];
    const sides = placeLabels(shapes, map);
    const boxes = shapes.map((one, index) => labelBox(one, sides[index] ?? "right"));
    for (const [index, a] of boxes.entries()) {
      expect(a.right).toBeLessThanOrEqual(map.width);
      for (const b of boxes.slice(index + 1))
        expect(
          Math.min(a.right, b.right) > Math.max(a.left, b.left) &&
            Math.min(a.bottom, b.bottom) > Math.max(a.top, b.top),
        ).toBe(false);
    }
  });

  it("prefers the right side", () => {
    expect(placeLabels([shape(100, 100)], map)).toEqual(["right"]);
  });
});
