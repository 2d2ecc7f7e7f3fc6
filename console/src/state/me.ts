import { get, Problem, post, setCsrf } from "../api/client";
import { has, type Me, type Role } from "./rights";
import { Store, useStore } from "./store";

/** Null until the server has answered. */
export const me = new Store<Me | null>(null);

export function setMe(known: Me): void {
  setCsrf(known.csrf);
  me.set(known);
}

/**
 * Take a code from the address (`/#code=...`) and remove it from there. It signs in once: it is worth nothing in a history, and
 * what follows the # is not sent to any server.
 */
function codeInAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("code");
  if (given !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return given;
}

/** Sign in by the code that the address brings, if it does; one that is used up leaves who was there before. */
export async function signInByAddress(): Promise<void> {
  const code = codeInAddress();
  if (code === null) return;
  await post<Me>("/session/code", { code }).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
  });
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
