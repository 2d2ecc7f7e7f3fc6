import { describe, expect, it, vi } from "vitest";
import { forgetAhead, keepAhead, takeAhead } from "../src/api/ahead";

describe("answers asked for ahead", () => {
  it("are given once", async () => {
    keepAhead("/me", Promise.resolve("lan"));
    await expect(takeAhead("/me")).resolves.toBe("lan");
    expect(takeAhead("/me")).toBeUndefined();
  });

  it("are not given when they have waited long, failed before, or something was changed", async () => {
    vi.useFakeTimers();
    keepAhead("/old", Promise.resolve(1));
    vi.advanceTimersByTime(6_000);
    expect(takeAhead("/old")).toBeUndefined();
    vi.useRealTimers();

    const failure = Promise.reject(new Error("refused"));
    keepAhead("/failed", failure);
    await failure.catch(() => undefined);
    expect(takeAhead("/failed")).toBeUndefined();

    keepAhead("/before", Promise.resolve(1));
    forgetAhead();
    expect(takeAhead("/before")).toBeUndefined();
  });
});
