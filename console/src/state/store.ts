import { useEffect, useRef, useState } from "preact/hooks";

/** A value that components can watch. Values are replaced, never changed in place. */
export class Store<T> {
  #value: T;
  readonly #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher();
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** A store's value, or a part of it; the component renders again only when that part changes. */
export function useStore<T>(store: Store<T>): T;
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S;
export function useStore<T, S>(store: Store<T>, select?: (value: T) => S): T | S {
  const read = () => (select ? select(store.value) : store.value);
  const current = read();
  const latest = useRef({ read, current });
  latest.current = { read, current };
  const [, render] = useState(0);
  useEffect(() => {
    const check = () => {
      if (!Object.is(latest.current.read(), latest.current.current)) render((count) => count + 1);
    };
    check();
    return store.watch(check);
  }, [store]);
  return current;
}
