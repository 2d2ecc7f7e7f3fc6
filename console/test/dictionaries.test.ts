import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { vi } from "../src/i18n/vi";
import type { Key } from "../src/i18n/words";

/** Messages that are the same in both languages because they are signs, not words. */
const SIGNS = new Set<Key>(["load.n0", "load.n1", "chart.fan", "alarm.suppressed"]);
const keys = Object.keys(en) as Key[];
const placeholders = (message: string) => (message.match(/\{\w+\}/g) ?? []).sort();

describe("dictionaries", () => {
  it.each(keys)("%s is translated", (key) => {
    expect(vi[key].trim()).not.toBe("");
    if (!SIGNS.has(key)) expect(vi[key]).not.toBe(en[key]);
  });

  it.each(keys)("%s takes the same values in both languages", (key) => {
    expect(placeholders(vi[key])).toEqual(placeholders(en[key]));
  });

  it("has no key that nothing shows", () => {
    const sources = tsxFiles("src", /\.tsx?$/).filter((file) => !/i18n\/(en|vi)\//.test(file));
    const code = sources.map((file) => readFileSync(file, "utf8")).join("\n");
    const prefixes = [...code.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*\.)\$\{/g)].map((match) => match[1] as string);
    const suffixed = [...code.matchAll(/`([a-z]+\.)\$\{\w+\}(\.[a-z]+)`/g)];
    const shown = (key: string) =>
      code.includes(`"${key}"`) ||
      prefixes.some((prefix) => key.startsWith(prefix) && !key.slice(prefix.length).includes(".")) ||
      suffixed.some(([, before, after]) => key.startsWith(before as string) && key.endsWith(after as string));
    expect(keys.filter((key) => !shown(key))).toEqual([]);
  });
});

function tsxFiles(folder: string, pattern = /\.tsx$/): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return tsxFiles(path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  });
}

const SPOKEN_ATTRIBUTES = new Set(["title", "aria-label", "aria-valuetext", "placeholder", "alt", "label"]);
/** Names and signs that no language changes. */
const NOT_WORDS = new Set(["mainsight", "bar", "m", "MVA", "P10", "P50", "P90"]);
const isWords = (text: string) => /\p{L}{2,}/u.test(text) && !NOT_WORDS.has(text.trim());

interface Node {
  type: string;
  [field: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;

const childrenOf = (node: Node): Node[] => Object.values(node).flat().filter(isNode);

/** Words that the markup of a file would show to people. */
function literals(node: Node): string[] {
  const own = ownWords(node).filter(isWords);
  return [...own, ...childrenOf(node).flatMap(literals)];
}

function ownWords(node: Node): string[] {
  switch (node.type) {
    case "JSXText":
      return [node.value as string];
    case "JSXAttribute":
      return attributeWords(node);
    case "JSXElement":
    case "JSXFragment":
      return (node.children as Node[])
        .filter((child) => child.type === "JSXExpressionContainer")
        .flatMap((child) => directWords(child.expression as Node));
    default:
      return [];
  }
}

function attributeWords(node: Node): string[] {
  const name = (node.name as { name: string }).name;
  const value = node.value as Node | null;
  return SPOKEN_ATTRIBUTES.has(name) && value?.type === "Literal" ? [String(value.value)] : [];
}

/** Strings an expression between tags puts on the page as they stand. */
function directWords(node: Node): string[] {
  if (node.type === "Literal") return typeof node.value === "string" ? [node.value] : [];
  if (node.type === "ConditionalExpression")
    return [...directWords(node.consequent as Node), ...directWords(node.alternate as Node)];
  if (node.type === "LogicalExpression") return directWords(node.right as Node);
  return [];
}

describe("markup", () => {
  it.each(tsxFiles("src"))("%s holds no words of its own", (file) => {
    const { program } = parseSync(file, readFileSync(file, "utf8"));
    expect(literals(program as unknown as Node)).toEqual([]);
  });

  it("would find words if there were any", () => {
    const { program } = parseSync("x.tsx", 'const x = <p title="Some words">Hello {ok ? "there" : null}</p>;');
    expect(literals(program as unknown as Node).sort()).toEqual(["Hello ", "Some words", "there"]);
  });
});
