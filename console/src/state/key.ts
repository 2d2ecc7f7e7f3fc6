import { Store } from "./store";

const NAME = "mainsight.key";

/** The API key of this tab; null: signed in by name, or reading only. */
export const apiKey = new Store<string | null>(sessionStorage.getItem(NAME));

export function setApiKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
  apiKey.set(key);
}
