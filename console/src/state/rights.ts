export const ROLES = ["viewer", "operator", "planner", "administrator"] as const;
export type Role = (typeof ROLES)[number];

/** In place of a zone: every zone, and what belongs to none. */
export const EVERYWHERE = "*";

/** Whom the server takes this tab for. */
export interface Me {
  name: string | null;
  role: Role | null;
  /** Name of the account; null for a key and for nobody. */
  user: string | null;
  roles: Record<string, Role>;
  by: "session" | "key" | "nobody";
  csrf: string | null;
  /** The password is for one use: nothing but choosing another is possible. */
  must_change: boolean;
}

const rank = (role: Role | undefined) => (role === undefined ? -1 : ROLES.indexOf(role));

/** Whether somebody has a role in a zone; without a zone, everywhere. Pure. */
export function has(who: Pick<Me, "roles" | "by"> | null, role: Role, zone?: string | null): boolean {
  if (!who || (role !== "viewer" && who.by === "nobody")) return false;
  const there = zone ? who.roles[zone] : undefined;
  return Math.max(rank(who.roles[EVERYWHERE]), rank(there)) >= rank(role);
}

/** Whether somebody has a role in any zone. Pure. */
export function hasSomewhere(who: Pick<Me, "roles" | "by"> | null, role: Role): boolean {
  return who !== null && Object.keys(who.roles).some((zone) => has(who, role, zone));
}
