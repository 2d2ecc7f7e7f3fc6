import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure, Loading } from "./notice";

/** A component whose code is loaded when it is first shown, and kept. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let kept: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Shown, setShown] = useState<ComponentType<P> | null>(() => kept);
    const [error, setError] = useState<unknown>(null);
    const [turn, setTurn] = useState(0);
    useEffect(() => {
      if (kept) return;
      load().then((loaded) => {
        kept = loaded;
        setShown(() => loaded);
        setError(null);
      }, setError);
    }, [turn]);
    if (Shown) return <Shown {...props} />;
    return error ? <Failure error={error} retry={() => setTurn(turn + 1)} /> : <Loading />;
  };
}
