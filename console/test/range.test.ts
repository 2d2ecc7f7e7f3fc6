import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../src/i18n/format";
import { dayEnd, dayOf, dayStart, fieldTime, instantOf } from "../src/i18n/local-day";
import { endedQuarters, fineness, rangeOf, searchOf, spanOf } from "../src/state/range";

const HANOI = "Asia/Ho_Chi_Minh";
const BERLIN = "Europe/Berlin";
const utc = (text: string) => Date.parse(`${text}Z`);

describe("local days", () => {
  it("start and end with the clocks of the province", () => {
    expect(dayStart("2026-11-24", HANOI)).toBe(utc("2026-11-23T17:00"));
    expect(dayEnd("2026-12-31", HANOI)).toBe(utc("2026-12-31T17:00"));
    expect(dayOf(utc("2026-11-24T16:59"), HANOI)).toBe("2026-11-24");
    expect(dayOf(utc("2026-11-24T17:00"), HANOI)).toBe("2026-11-25");
  });

  it("have 23 and 25 hours where the clocks are changed", () => {
    expect(dayEnd("2026-03-29", BERLIN) - dayStart("2026-03-29", BERLIN)).toBe(23 * HOUR_MS);
    expect(dayEnd("2026-10-25", BERLIN) - dayStart("2026-10-25", BERLIN)).toBe(25 * HOUR_MS);
  });

  it("give the instant of a time that is written, there and back", () => {
    expect(instantOf("2026-11-24T19:15", HANOI)).toBe(utc("2026-11-24T12:15"));
    for (const time of ["2026-03-29T01:30", "2026-03-29T03:30", "2026-07-01T12:00", "2026-10-25T04:00"])
      expect(fieldTime(instantOf(time, BERLIN), BERLIN)).toBe(time);
  });

  it("take the first of two equal times and pass over one that is never shown", () => {
    expect(instantOf("2026-10-25T02:30", BERLIN)).toBe(utc("2026-10-25T00:30"));
    expect(fieldTime(instantOf("2026-03-29T02:30", BERLIN), BERLIN)).toBe("2026-03-29T03:30");
  });
});

describe("range", () => {
  const now = utc("2026-11-24T12:20");

  it("goes through the address and back", () => {
    for (const range of [{ name: "week" }, { from: "2026-11-01", to: "2026-11-08" }] as const)
      expect(rangeOf(searchOf(range))).toEqual(range);
  });

  it.each(["", "?range=year", "?from=2026-11-08", "?from=2026-11-08&to=2026-11-01", "?from=soon&to=later"])(
    "is none in %s",
    (search) => expect(rangeOf(search)).toBeNull(),
  );

  it("of a live name ends now and shows what is to come", () => {
    expect(spanOf({ name: "day" }, now, HANOI)).toEqual({
      startMs: utc("2026-11-23T12:00"),
      endMs: utc("2026-11-24T13:00"),
      untilMs: now + DAY_MS,
      stepS: 900,
      live: true,
    });
  });

  it("of days that were is not live, and takes longer steps the longer it is", () => {
    const week = spanOf({ from: "2026-11-01", to: "2026-11-07" }, now, HANOI);
    expect(week).toMatchObject({
      live: false,
      stepS: 900,
      startMs: utc("2026-10-31T17:00"),
      untilMs: utc("2026-11-07T17:00"),
    });
    expect(week.endMs).toBe(week.untilMs);
    expect(spanOf({ from: "2026-08-20", to: "2026-11-20" }, now, HANOI).stepS).toBe(3600);
    expect(spanOf({ from: "2021-11-20", to: "2026-11-20" }, now, HANOI).stepS).toBe(86400);
  });

  it("of up to six weeks is drawn by its step, a longer one as finely as a screen can show", () => {
    const of = (from: string, to: string) => fineness(spanOf({ from, to }, now, HANOI));
    expect(of("2026-11-01", "2026-11-07")).toEqual({ step: 900 });
    expect(of("2026-10-10", "2026-11-20")).toEqual({ step: 3600 });
    expect(fineness(spanOf({ name: "weeks" }, now, HANOI))).toEqual({ step: 3600 });
    for (const from of ["2026-08-20", "2021-11-20"])
      expect(of(from, "2026-11-20")).toEqual({ step: "auto", points: 800 });
  });

  it("that reaches past now is live and asks for no stored values of tomorrow", () => {
    const span = spanOf({ from: "2026-11-24", to: "2026-11-26" }, now, HANOI);
    expect(span.live).toBe(true);
    expect(span.endMs).toBe(utc("2026-11-24T13:00"));
    expect(span.untilMs).toBe(utc("2026-11-26T17:00"));
  });

  it("has the last day's quarter hours that have ended, also right after midnight", () => {
    const at = (time: string, from: string, to: string) =>
      endedQuarters(spanOf({ from, to }, utc(time), HANOI), utc(time));
    expect(at("2026-11-24T12:20", "2026-11-20", "2026-11-24")).toEqual({
      startMs: utc("2026-11-23T12:15"),
      endMs: utc("2026-11-24T12:15"),
    });
    expect(at("2026-11-24T12:20", "2026-11-20", "2026-11-20")).toEqual({
      startMs: utc("2026-11-19T17:00"),
      endMs: utc("2026-11-20T17:00"),
    });
    expect(at("2026-11-24T17:14", "2026-11-25", "2026-11-25")).toBeNull();
    expect(at("2026-11-24T17:15", "2026-11-25", "2026-11-25")).toEqual({
      startMs: utc("2026-11-24T17:00"),
      endMs: utc("2026-11-24T17:15"),
    });
    expect(at("2026-11-24T12:20", "2026-11-25", "2026-11-25")).toBeNull();
  });
});
