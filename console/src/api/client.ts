import { apiKey } from "../state/key";

const BASE = "/api/v1";

/** The server refused: an RFC 9457 problem document, or a plain HTTP error made into one. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
  ) {
    super(detail ?? title);
  }
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {}

async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get("content-type")?.includes("json") ?? false;
  const body: { title?: string; detail?: unknown } = isProblem ? await response.json().catch(() => ({})) : {};
  const detail = typeof body.detail === "string" ? body.detail : null;
  return new Problem(response.status, body.title ?? response.statusText, detail);
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const headers = new Headers(init.headers);
  if (apiKey.value !== null) headers.set("X-API-Key", apiKey.value);
  let response: Response;
  try {
    response = await fetch(BASE + path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unreachable("no answer", { cause: error });
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>(path, signal ? { signal } : {});
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return request<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** A path from parts, each escaped: `path("zones", id)` is `/zones/<id>`. */
export function path(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

export function query(values: Record<string, string | number>): string {
  return `?${new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]))}`;
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
