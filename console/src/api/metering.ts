import { get, path, post, query } from "./client";
import type { Series } from "./types";

/** Quarter hours of a quantity: raw, final, and how each final value came about. Columns are of one length. */
export interface MeterValues {
  unit: string;
  start_ms: number[];
  final: Series;
  quality: string[];
  /** Why the value is what it is; empty: plainly measured. */
  rule: string[];
  /** Last reading in the quarter hour as the meter sent it, and how many there were. */
  raw: Series;
  raw_count: number[];
  /** The edit that holds; null for none. */
  edit: (number | null)[];
  completeness: number;
}

export type EditAction = "set" | "confirm" | "discard";

export interface Edit {
  id: number;
  meter: string;
  quantity: string;
  unit: string;
  start_ms: number;
  end_ms: number;
  action: EditAction;
  person: string;
  reason: string;
  made_ms: number;
  before: { start_ms: number; value: number; quality: string }[];
  after: number[];
  undone: { at_ms: number; person: string; reason: string } | null;
}

export interface NewEdit {
  quantity: string;
  start_ms: number;
  end_ms: number;
  action: EditAction;
  value: number | null;
  reason: string;
}

interface Stretch {
  startMs: number;
  endMs: number;
}

export const getValues = (meter: string, quantity: string, { startMs, endMs }: Stretch, signal: AbortSignal) =>
  get<MeterValues>(
    `${path("meters", meter, "values")}${query({ quantity, start_ms: startMs, end_ms: endMs })}`,
    signal,
  );

export const getEdits = (meter: string, quantity: string, { startMs, endMs }: Stretch, signal: AbortSignal) =>
  get<{ items: Edit[] }>(`/edits${query({ meter, quantity, start_ms: startMs, end_ms: endMs })}`, signal);

export const makeEdit = (meter: string, edit: NewEdit) => post<Edit>(path("meters", meter, "edits"), edit);

export const undoEdit = (id: number, reason: string) => post<Edit>(path("edits", String(id), "undo"), { reason });
