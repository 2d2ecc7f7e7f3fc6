/** How long an answer that was asked for ahead may wait for the page that shows it. */
const FRESH_MS = 5_000;

interface Asked {
  answer: Promise<unknown>;
  untilMs: number;
}

const asked = new Map<string, Asked>();

/** Remember an answer that is under way, so that who needs it next need not ask again. Its failure is nobody's: they ask anew. */
export function keepAhead(path: string, answer: Promise<unknown>): void {
  answer.catch(() => asked.delete(path));
  asked.set(path, { answer, untilMs: performance.now() + FRESH_MS });
}

/** The answer that was asked for ahead, once; undefined where there is none, or none that is fresh. */
export function takeAhead<T>(path: string): Promise<T> | undefined {
  const kept = asked.get(path);
  asked.delete(path);
  return kept && performance.now() < kept.untilMs ? (kept.answer as Promise<T>) : undefined;
}

/** After a change, signing in above all, what was asked before it is worth nothing. */
export function forgetAhead(): void {
  asked.clear();
}
