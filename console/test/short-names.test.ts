import { expect, test } from "vitest";
import { shortNames } from "../src/map/short-names";

test("words that all names share at either end are left out", () => {
  expect(shortNames(["Quang Chau industrial park", "Van Trung industrial park"])).toEqual(["Quang Chau", "Van Trung"]);
  expect(shortNames(["KCN Quang Châu", "KCN Vân Trung"])).toEqual(["Quang Châu", "Vân Trung"]);
});

test("names that share nothing, or are alone, stay whole", () => {
  expect(shortNames(["North", "South park"])).toEqual(["North", "South park"]);
  expect(shortNames(["Quang Chau park"])).toEqual(["Quang Chau park"]);
  expect(shortNames([])).toEqual([]);
});

test("a name never becomes empty", () => {
  expect(shortNames(["park", "park A"])).toEqual(["park", "park A"]);
  expect(shortNames(["a b a", "a c a"])).toEqual(["b", "c"]);
});
