import { Store } from "./store";

const NAME = "mainsight.key";

/** Take a key from the address (`/#key=...`), once, and remove it from there so that it is not shared or bookmarked. */
function fromAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return given === "" ? null : given;
}

/** The API key of this tab; null: reading only. */
export const apiKey = new Store<string | null>(sessionStorage.getItem(NAME));

export function setApiKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key);
  apiKey.set(key);
}

/** Take a key the address brings, now and whenever one is pasted into an open tab. */
export function watchAddress(): void {
  const take = () => {
    const given = fromAddress();
    if (given !== null) setApiKey(given);
  };
  addEventListener("hashchange", take);
  take();
}
