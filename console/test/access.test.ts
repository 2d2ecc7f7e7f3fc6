import { describe, expect, it } from "vitest";
import { EventParser } from "../src/api/event-stream";
import { has, hasSomewhere, type Me } from "../src/state/rights";

const who = (roles: Me["roles"], by: Me["by"] = "session") => ({ roles, by });

describe("rights", () => {
  it("hold in the zone they are given for, and everywhere only when given for all", () => {
    const lan = who({ "*": "viewer", "quang-chau": "operator" });
    expect(has(lan, "operator", "quang-chau")).toBe(true);
    expect(has(lan, "operator", "dinh-tram")).toBe(false);
    expect(has(lan, "operator")).toBe(false);
    expect(has(lan, "viewer", "dinh-tram")).toBe(true);
    expect(hasSomewhere(lan, "operator")).toBe(true);
    expect(hasSomewhere(lan, "planner")).toBe(false);
  });

  it("take the higher of two that hold", () => {
    expect(has(who({ "*": "administrator", "quang-chau": "viewer" }), "planner", "quang-chau")).toBe(true);
  });

  it("of nobody are reading at most, whatever the roles say", () => {
    expect(has(who({ "*": "administrator" }, "nobody"), "operator", "quang-chau")).toBe(false);
    expect(has(who({ "*": "viewer" }, "nobody"), "viewer", "quang-chau")).toBe(true);
    expect(has(null, "viewer")).toBe(false);
  });
});

describe("EventParser", () => {
  it("gives events when they are complete, however the text is cut", () => {
    const text = 'id: 1\nevent: live\ndata: {"a":1}\n\n: quiet\n\nevent: alarms\r\ndata: {"b":\r\ndata: 2}\r\n\r\n';
    const whole = new EventParser().take(text);
    expect(whole).toEqual([
      { name: "live", data: '{"a":1}' },
      { name: "alarms", data: '{"b":\n2}' },
    ]);
    const parser = new EventParser();
    const pieces = [...text.replaceAll("\r\n", "\n")].flatMap((letter) => parser.take(letter));
    expect(pieces).toEqual(whole);
  });

  it("keeps what is not complete", () => {
    const parser = new EventParser();
    expect(parser.take("event: live\ndata: 1")).toEqual([]);
    expect(parser.take("\n\n")).toEqual([{ name: "live", data: "1" }]);
  });
});
