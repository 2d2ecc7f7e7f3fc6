/** Names without the words that all of them begin or end with: "Quang Chau" and "Van Trung" of two industrial parks. */
export function shortNames(names: readonly string[]): string[] {
  const words = names.map((name) => name.split(" "));
  const before = shared(words);
  const after = shared(words.map((parts) => [...parts].reverse()));
  return words.map((parts) => parts.slice(before, parts.length - after).join(" "));
}

/** How many words all lists begin with; each keeps one of its own. */
function shared(lists: readonly string[][]): number {
  const [first, ...others] = lists;
  if (!first || others.length === 0) return 0;
  const longest = Math.min(...lists.map((parts) => parts.length)) - 1;
  let count = 0;
  while (count < longest && others.every((parts) => parts[count] === first[count])) count += 1;
  return count;
}
