import { describe, expect, it } from "vitest";
import { readDay, writtenDay } from "../src/i18n/written-day";

describe("days in forms", () => {
  it("are written day first and read back", () => {
    expect(writtenDay("2026-03-04")).toBe("04/03/2026");
    expect(writtenDay("2026-03-04T09:05")).toBe("04/03/2026 09:05");
    expect(readDay("04/03/2026", false)).toBe("2026-03-04");
    expect(readDay("04/03/2026 09:05", true)).toBe("2026-03-04T09:05");
  });

  it.each([
    ["4/3/2026", "2026-03-04"],
    [" 4.3.2026 ", "2026-03-04"],
    ["29-02-2028", "2028-02-29"],
    ["2026-03-04", "2026-03-04"],
  ])("are taken as people type them: %s", (typed, kept) => expect(readDay(typed, false)).toBe(kept));

  it.each([
    "",
    "soon",
    "31/04/2026",
    "29/02/2026",
    "11/24/2026",
    "4/3/26",
    "0/3/2026",
    "04/03/2026 09:05",
    "2026-13-01",
  ])("are none in %s", (typed) => expect(readDay(typed, false)).toBeNull());

  it.each(["4/3/2026", "04/03/2026 24:00", "04/03/2026 9:5", "04/03/2026 10:60"])(
    "with a time are none in %s",
    (typed) => expect(readDay(typed, true)).toBeNull(),
  );

  it("write nothing for what is none", () => expect(["", "2026", "now"].map(writtenDay)).toEqual(["", "", ""]));
});
