/** Writes plain data as YAML that people can edit: mappings and lists in blocks, texts in quotes where they need them. */

const PLAIN = /^[\p{L}_][\p{L}\d_ ./-]*[\p{L}\d_./-]$|^\p{L}$/u;
const WORDS_WITH_MEANING = /^(true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value ?? null);
  return PLAIN.test(value) && !WORDS_WITH_MEANING.test(value) ? value : JSON.stringify(value);
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isBlock = (value: unknown) =>
  (isMapping(value) && Object.keys(value).length > 0) || (Array.isArray(value) && value.some(isMapping));

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  return isMapping(value) ? "{}" : scalar(value);
}

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const [first = "{}", ...rest] = isBlock(item) ? lines(item, `${indent}  `) : [`${indent}  ${inline(item)}`];
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (!isMapping(value)) return [indent + inline(value)];
  return Object.entries(value).flatMap(([key, part]) =>
    isBlock(part) ? [`${indent}${key}:`, ...lines(part, `${indent}  `)] : [`${indent}${key}: ${inline(part)}`],
  );
}

export const toYaml = (value: unknown): string => `${lines(value, "").join("\n")}\n`;
