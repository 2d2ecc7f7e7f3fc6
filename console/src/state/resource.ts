import { useEffect, useRef, useState } from "preact/hooks";
import { connection } from "./live";

export interface Resource<T> {
  data: T | null;
  error: unknown;
  reload: () => void;
}

/**
 * What a server call gives, asked again every `everyMs` and whenever the connection comes back.
 * Data stays through a failed refresh; it is dropped only when `key` changes to that of something else.
 */
export function useResource<T>(key: string, load: (signal: AbortSignal) => Promise<T>, everyMs?: number): Resource<T> {
  const [state, setState] = useState<{ key: string; data: T | null; error: unknown }>({ key, data: null, error: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  // Turn asks for the same again
  useEffect(() => {
    const stop = new AbortController();
    latest.current(stop.signal).then(
      (data) => stop.signal.aborted || setState({ key, data, error: null }),
      (error) => stop.signal.aborted || setState((old) => ({ key, data: old.key === key ? old.data : null, error })),
    );
    return () => stop.abort();
  }, [key, turn]);

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

  const current = state.key === key;
  return {
    data: current ? state.data : null,
    error: current ? state.error : null,
    reload: () => setTurn((count) => count + 1),
  };
}
