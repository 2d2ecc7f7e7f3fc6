import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import type { Me } from "../api/types";
import { apiKey } from "./key";
import { Store, useStore } from "./store";

/** Whom the server knows by this tab's key; null: not known (yet). */
export const me = new Store<Me | null>(null);

/** Ask the server whom the key belongs to. */
export async function whoAmI(): Promise<Me | null> {
  const answer = await get<Me>("/me").catch(() => null);
  me.set(answer?.name ? answer : null);
  return me.value;
}

export function useMe(): Me | null {
  const key = useStore(apiKey);
  // Asked again for each key
  useEffect(() => {
    void whoAmI();
  }, [key]);
  return useStore(me);
}
