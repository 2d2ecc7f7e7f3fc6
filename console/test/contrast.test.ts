import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const tokens = readFileSync("src/styles/tokens.css", "utf8");

/** A token's colours, light and dark. */
function colours(token: string): [light: string, dark: string] {
  const match = new RegExp(`--${token}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(tokens);
  if (!match) throw new Error(`no token ${token}`);
  return [match[1] as string, match[2] as string];
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio, WCAG 2.2: 1 to 21. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["ground", "panel", "raised"];
const TEXT = ["ink", "muted", "amber", "red", "forecast"].flatMap((ink) => GROUNDS.map((ground) => [ink, ground]));
const ON_FILL = [
  ["on-red", "red-fill"],
  ["on-amber", "amber-fill"],
  ["red", "red-ground"],
  ["raised", "ink"],
];
const SHAPES = [
  ...["fill", "red-fill", "amber", "edge", "focus"].map((shape) => [shape, "panel"]),
  ["fill", "raised"],
  ["edge", "raised"],
];

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("contrast, %s", (_, which) => {
  it.each([...TEXT, ...ON_FILL])("text %s on %s is at least 4.5 to 1", (ink, ground) => {
    expect(contrast(colours(ink as string)[which], colours(ground as string)[which])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SHAPES)("shape %s on %s is at least 3 to 1", (shape, ground) => {
    expect(contrast(colours(shape as string)[which], colours(ground as string)[which])).toBeGreaterThanOrEqual(3);
  });
});
