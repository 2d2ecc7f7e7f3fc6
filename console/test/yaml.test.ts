import { describe, expect, it } from "vitest";
import { toYaml } from "../src/pages/settings/yaml";

describe("toYaml", () => {
  it("writes a rule as people write it", () => {
    const rule = {
      id: "my-rule",
      name: { vi: "Tải cao", en: "Load: high" },
      watches: { kind: "feeder" },
      share: 0.8,
      on: true,
      tags: ["a", "yes", 3],
      steps: [{ at: 1, to: "x" }, { at: 2 }],
      empty: [],
      none: null,
    };
    expect(toYaml({ rules: [rule] })).toBe(`rules:
  - id: my-rule
    name:
      vi: Tải cao
      en: "Load: high"
    watches:
      kind: feeder
    share: 0.8
    on: true
    tags: [a, "yes", 3]
    steps:
      - at: 1
        to: x
      - at: 2
    empty: []
    none: null
`);
  });

  it("quotes what would mean something else", () => {
    expect(toYaml({ a: "no", b: "12", c: "x: y", d: "", e: "it's" })).toBe(
      'a: "no"\nb: "12"\nc: "x: y"\nd: ""\ne: "it\'s"\n',
    );
  });
});
