import type { Load, LoadState } from "../api/types";

const ORDER: readonly LoadState[] = ["normal", "unknown", "high", "over"];

/** The worst of an asset's states over its utilities. */
export function worstState(loads: readonly Load[]): LoadState {
  return loads.reduce<LoadState>(
    (worst, { state }) => (ORDER.indexOf(state) > ORDER.indexOf(worst) ? state : worst),
    "normal",
  );
}

class WorstStates {
  #last: ReadonlyMap<string, LoadState> = new Map();

  /** Worst state of each asset; the same object as last time while nothing has changed, so that the map is left alone. */
  readonly of = (loads: ReadonlyMap<string, Load[]>): ReadonlyMap<string, LoadState> => {
    const next = new Map([...loads].map(([asset, of]) => [asset, worstState(of)]));
    const same = next.size === this.#last.size && [...next].every(([asset, state]) => this.#last.get(asset) === state);
    if (!same) this.#last = next;
    return this.#last;
  };
}

export const worstStates = new WorstStates();
