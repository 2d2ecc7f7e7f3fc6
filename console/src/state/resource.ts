import { useEffect, useRef, useState } from "preact/hooks";
import { connection } from "./live";

export interface Resource<T> {
  data: T | null;
  error: unknown;
  reload: () => void;
}

interface Options {
  /** Ask again this often. */
  everyMs?: number;
  /** Ask again when this changes; what is known stays until the answer comes. */
  version?: string;
}

/**
 * What a server call gives, asked again as the options say and whenever the connection comes back.
 * Data stays through a failed refresh; it is dropped only when the subject changes.
 */
export function useResource<T>(
  subject: string,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs, version }: Options = {},
): Resource<T> {
  const [state, setState] = useState<{ subject: string; data: T | null; error: unknown }>({
    subject,
    data: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const stop = new AbortController();
    latest.current(stop.signal).then(
      (data) => stop.signal.aborted || setState({ subject, data, error: null }),
      (error) =>
        stop.signal.aborted || setState((old) => ({ subject, data: old.subject === subject ? old.data : null, error })),
    );
    return () => stop.abort();
  }, [subject, version, turn]);

  useEffect(() => {
    const again = () => setTurn((count) => count + 1);
    const timer = everyMs === undefined ? undefined : setInterval(again, everyMs);
    let before = connection.value;
    const unwatch = connection.watch(() => {
      if (before === "lost" && connection.value === "live") again();
      before = connection.value;
    });
    return () => {
      clearInterval(timer);
      unwatch();
    };
  }, [everyMs]);

  const current = state.subject === subject;
  return {
    data: current ? state.data : null,
    error: current ? state.error : null,
    reload: () => setTurn((count) => count + 1),
  };
}
