import { describe, expect, it } from "vitest";
import { timeLabels } from "../src/charts/time-labels";
import { Formats, numberOf } from "../src/i18n/format";
import { factorOf, ratioAt } from "../src/i18n/quantities";
import { wordsFor } from "../src/i18n/words";

const vi = new Formats("vi", "Asia/Ho_Chi_Minh");
const en = new Formats("en", "Asia/Ho_Chi_Minh");
const AT = Date.UTC(2026, 10, 24, 12, 15, 7);

describe("numbers", () => {
  it("are put into a field as one would type them, and read back", () => {
    expect(vi.typed(8.012739400000001)).toBe("8,012739");
    expect(en.typed(1234567.5)).toBe("1234568");
    expect(numberOf(vi.typed(-0.25))).toBe(-0.25);
  });

  it("are written the way of the language", () => {
    expect(vi.number(1234.5, 1)).toBe("1.234,5");
    expect(en.number(1234.5, 1)).toBe("1,234.5");
  });

  it("show kW as MW and units as signs", () => {
    expect(vi.quantity(143_240, "kW")).toBe("143,2 MW");
    expect(en.quantity(545.7, "m3/h")).toBe("546 m³/h");
    expect(en.quantity(0.93, "1")).toBe("0.93");
  });

  it("are read as typed, with a point or a comma; what is none is none", () => {
    expect(numberOf(" 7.5 ")).toBe(7.5);
    expect(numberOf("-7,5")).toBe(-7.5);
    for (const typed of ["", " ", "much", "1.234,5", "1e999"]) expect(numberOf(typed)).toBeNull();
  });

  it("show what is missing as a dash, never as zero", () => {
    expect(vi.quantity(null, "kW")).toBe("–");
    expect(vi.percent(null)).toBe("–");
  });

  it("have a real minus and limits with the decimals they have", () => {
    expect(en.number(-2.98)).toBe("−2.98");
    expect([63, 31.5, 0.1 + 0.2].map((limit) => en.limit(limit))).toEqual(["63", "31.5", "0.3"]);
  });
});

describe("times", () => {
  it("are the province's, in 24 hours, day before month", () => {
    expect(vi.dateTime(AT)).toBe("24/11 19:15");
    expect(en.dateTime(AT)).toBe("24/11 19:15");
    expect(en.timeWithSeconds(AT)).toBe("19:15:07");
    expect(en.time(Date.UTC(2026, 10, 24, 17))).toBe("00:00");
  });

  it("name the day only when it is another", () => {
    expect(en.timeNear(AT, AT)).toBe("19:15");
    expect(en.timeNear(AT, AT + 12 * 3_600_000)).toBe("24/11 19:15");
  });

  it("follow daylight saving where there is any", () => {
    const berlin = new Formats("en", "Europe/Berlin");
    expect(berlin.time(Date.UTC(2026, 9, 25, 0, 30))).toBe("02:30");
    expect(berlin.time(Date.UTC(2026, 9, 25, 1, 30))).toBe("02:30");
  });
});

describe("ratios", () => {
  const ratios = [
    { from_ms: 1000, factor: 80 },
    { from_ms: 2000, factor: 120 },
  ];

  it.each([
    [999, 1],
    [1000, 80],
    [1999, 80],
    [2000, 120],
  ])("hold from their instant on: at %d", (at, factor) => {
    expect(ratioAt(ratios, at)).toBe(factor);
    expect(factorOf("kW", ratioAt(ratios, at))).toBe(factor);
    expect(factorOf("V", ratioAt(ratios, at))).toBe(1);
  });
});

describe("durations", () => {
  const units = { d: "d", h: "h", min: "min", s: "s" };
  it.each([
    [7_999, "7 s"],
    [60_000, "1 min"],
    [5 * 3_600_000 + 40 * 60_000, "5 h 40 min"],
    [3_600_000, "1 h"],
    [49 * 3_600_000, "2 d 1 h"],
  ])("%d ms is %s", (ms, words) => {
    expect(en.duration(ms, units)).toBe(words);
  });
});

describe("amounts", () => {
  it("are numbers with units, or lengths of time in words", () => {
    const { amount } = wordsFor("vi", "Asia/Ho_Chi_Minh");
    expect(amount(32.5, "min")).toBe("32 phút");
    expect(amount(5.2, "h")).toBe("5 giờ 12 phút");
    expect(amount(126.04, "MVA")).toBe("126,0 MVA");
  });
});

describe("timeLabels", () => {
  const hours = [22, 23, 24, 25].map((hour) => Date.UTC(2026, 10, 23, hour - 7));

  it("name the day where it begins", () => {
    expect(timeLabels(hours, 3_600_000, vi)).toEqual(["22:00", "23:00", "00:00\n24/11", "01:00"]);
  });

  it("name days alone on long ranges", () => {
    expect(timeLabels([hours[2] as number], 86_400_000, vi)).toEqual(["24/11"]);
  });

  it("name months and years where the year changes on the way", () => {
    expect(timeLabels([hours[2] as number], 30 * 86_400_000, vi)).toEqual(["11/2026"]);
  });
});
