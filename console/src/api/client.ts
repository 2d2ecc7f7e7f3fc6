import { apiKey } from "../state/key";
import { forgetAhead, keepAhead, takeAhead } from "./ahead";

const BASE = "/api/v1";

/** The server refused: an RFC 9457 problem document, or a plain HTTP error made into one. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
    /** Field that is to be mended, as `body/name`. */
    readonly pointer: string | null = null,
  ) {
    super(detail ?? title);
  }
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {}

async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get("content-type")?.includes("json") ?? false;
  const body: { title?: string; detail?: unknown; pointer?: string } = isProblem
    ? await response.json().catch(() => ({}))
    : {};
  const detail = typeof body.detail === "string" ? body.detail : null;
  return new Problem(response.status, body.title ?? response.statusText, detail, body.pointer ?? null);
}

let csrf: string | null = null;

/** Token that changes by a session carry; a page of another site cannot know it. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

/** A request with what proves who asks. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (apiKey.value !== null) headers.set("X-API-Key", apiKey.value);
  else if (csrf !== null && init.method !== undefined) headers.set("X-CSRF-Token", csrf);
  let response: Response;
  try {
    response = await fetch(BASE + path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unreachable("no answer", { cause: error });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await send(path, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

const ask = <T>(path: string, signal?: AbortSignal): Promise<T> => request<T>(path, signal ? { signal } : {});

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return takeAhead<T>(path)?.catch(() => ask<T>(path, signal)) ?? ask<T>(path, signal);
}

/** Ask for what will be needed in a moment, while it is still being found out what for. */
export function askAhead(paths: readonly string[]): void {
  for (const path of paths) keepAhead(path, ask(path));
}

/** A whole list that the server gives page by page: each page names the `cursor` of the next. */
export async function getAll<T>(path: string, signal?: AbortSignal): Promise<{ items: T[] }> {
  const items: T[] = [];
  const joined = path.includes("?") ? "&" : "?";
  let cursor: string | null = null;
  do {
    const where: string = cursor === null ? path : `${path}${joined}cursor=${encodeURIComponent(cursor)}`;
    const page = await get<{ items: T[]; next?: string | null }>(where, signal);
    items.push(...page.items);
    cursor = page.next ?? null;
  } while (cursor !== null);
  return { items };
}

/** Address of a file that the server makes. */
export const fileAddress = (path: string): string => BASE + path;

/** Fetch a file and hand it to the reader, named as the server names it. */
export async function download(path: string): Promise<void> {
  const response = await send(path);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "mainsight";
  link.click();
  URL.revokeObjectURL(link.href);
}

type Change = "POST" | "PATCH" | "PUT" | "DELETE";

/** Ask for a change; without a body where the path says it all. */
export function change<T = void>(method: Change, path: string, body?: unknown): Promise<T> {
  forgetAhead();
  if (body === undefined) return request<T>(path, { method });
  return request<T>(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

export const post = <T>(path: string, body?: unknown): Promise<T> => change<T>("POST", path, body);

/** A path from parts, each escaped: `path("zones", id)` is `/zones/<id>`. */
export function path(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

/** What follows the path; values that are null are left out. */
export function query(values: Record<string, string | number | null>): string {
  const given = Object.entries(values).filter(([, value]) => value !== null);
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** A 404 as null: "there is none yet" is an answer, not a failure. */
export async function orNone<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
