import { get, Problem, setCsrf } from "../api/client";
import { has, type Me, type Role } from "./rights";
import { Store, useStore } from "./store";

/** Null until the server has answered. */
export const me = new Store<Me | null>(null);

export function setMe(known: Me): void {
  setCsrf(known.csrf);
  me.set(known);
}

/** Ask the server who this is. A key that it does not know is nobody's. */
export async function whoAmI(): Promise<Me | null> {
  try {
    setMe(await get<Me>("/me"));
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    return null;
  }
  return me.value;
}

export const useMe = (): Me | null => useStore(me);

/** What the reader may do here; without a zone, whether it is allowed everywhere. */
export function useMay(role: Role, zone?: string | null): boolean {
  return has(useMe(), role, zone);
}
