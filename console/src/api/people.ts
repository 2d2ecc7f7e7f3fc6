import type { Role } from "../state/rights";
import { change, get, path, post, query } from "./client";

export interface User {
  name: string;
  full_name: string;
  roles: Record<string, Role>;
  created_ms: number;
  must_change: boolean;
  disabled: boolean;
}

/** A password for one use, shown once. */
export interface OneTime {
  name: string;
  password: string;
}

export interface ApiKeyView {
  id: string;
  name: string;
  role: Role;
  zones: string[];
  created_ms: number;
  expires_ms: number | null;
  revoked: boolean;
}

export interface AuditItem {
  seq: number;
  at_ms: number;
  person: string;
  action: string;
  subject: string;
  before: string;
  after: string;
  origin: string;
  outcome: string;
}

export const getUsers = (signal: AbortSignal) => get<{ items: User[] }>("/users", signal);
export const addUser = (user: Pick<User, "name" | "full_name" | "roles">) => post<OneTime>("/users", user);
export const changeUser = (name: string, what: Partial<Pick<User, "full_name" | "roles" | "disabled">>) =>
  change<User>("PATCH", path("users", name), what);
export const resetPassword = (name: string) => post<OneTime>(path("users", name, "password"));

export const getKeys = (signal: AbortSignal) => get<{ items: ApiKeyView[] }>("/keys", signal);
export const addKey = (key: { name: string; role: Role; zones: string[]; days: number | null }) =>
  post<ApiKeyView & { key: string }>("/keys", key);
export const revokeKey = (id: string) => change("DELETE", path("keys", id));

export const getAudit = (
  filter: { person: string | null; subject: string | null; cursor: number | null },
  signal: AbortSignal,
) => get<{ items: AuditItem[]; next: number | null }>(`/audit${query({ ...filter, limit: 100 })}`, signal);
