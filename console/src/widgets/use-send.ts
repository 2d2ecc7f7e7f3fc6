import { useState } from "preact/hooks";
import { useWords } from "../i18n/text";
import { sentence } from "./notice";

interface Sending {
  busy: boolean;
  /** What went wrong, in words; null when nothing did. */
  problem: string | null;
  /** Do it; what it gives, or undefined when it was refused. */
  run: <T>(work: () => Promise<T>) => Promise<T | undefined>;
  /** Say that something is to be mended before it is sent. */
  complain: (problem: string) => void;
}

/** State of something that is sent to the server: under way, done, refused and why. */
export function useSend(): Sending {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  async function run<T>(work: () => Promise<T>): Promise<T | undefined> {
    setBusy(true);
    setProblem(null);
    try {
      return await work();
    } catch (error) {
      setProblem(sentence(words, error));
      return undefined;
    } finally {
      setBusy(false);
    }
  }
  return { busy, problem, run, complain: setProblem };
}
