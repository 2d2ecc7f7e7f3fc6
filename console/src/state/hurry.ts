import { useEffect, useState } from "preact/hooks";

const OFTEN_MS = 2_000;
const FOR_MS = 40_000;

/** How often to ask again: often for a while after `hurry` was called, since what somebody did is being worked out. */
export function useHurry(usualMs: number): { everyMs: number; hurry: () => void } {
  const [turn, setTurn] = useState(0);
  const [hurried, setHurried] = useState(false);
  useEffect(() => {
    if (turn === 0) return;
    setHurried(true);
    const timer = setTimeout(() => setHurried(false), FOR_MS);
    return () => clearTimeout(timer);
  }, [turn]);
  return { everyMs: hurried ? OFTEN_MS : usualMs, hurry: () => setTurn((count) => count + 1) };
}
