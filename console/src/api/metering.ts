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

/** What a person entered, and who took it back. */
export interface Entered {
  id: number;
  person: string;
  reason: string;
  made_ms: number;
  undone: { at_ms: number; person: string; reason: string } | null;
}

export interface Edit extends Entered {
  meter: string;
  quantity: string;
  unit: string;
  start_ms: number;
  end_ms: number;
  action: EditAction;
  before: { start_ms: number; value: number; quality: string }[];
  after: number[];
}

export interface NewEdit {
  quantity: string;
  start_ms: number;
  end_ms: number;
  action: EditAction;
  value: number | null;
  reason: string;
}

/** Readings of the old register when it was taken away and of the new one when it was put in place. */
type Registers = Record<string, { last: number; first: number }>;

/** A ratio or an exchange that was entered for a meter, from an instant on. */
export interface MeterChange extends Entered {
  from_ms: number;
  /** CT/VT ratio or worth of a pulse from then on; null where it stays. */
  factor: number | null;
  registers: Registers;
}

export type NewChange = Pick<MeterChange, "from_ms" | "factor" | "registers" | "reason">;

/** One quantity by local day, before and after a change. */
export interface Shift {
  quantity: string;
  unit: string;
  start_ms: number[];
  before: Series;
  after: Series;
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

export const getChanges = (meter: string, signal: AbortSignal) =>
  get<{ items: MeterChange[] }>(path("meters", meter, "changes"), signal);

/** What a change would move; nothing is kept. */
export const previewChange = async (meter: string, change: NewChange): Promise<Shift[]> =>
  (await post<{ items: Shift[] }>(path("meters", meter, "changes", "preview"), change)).items;

export const makeChange = (meter: string, change: NewChange) =>
  post<MeterChange>(path("meters", meter, "changes"), change);

export const undoChange = (id: number, reason: string) =>
  post<MeterChange>(path("changes", String(id), "undo"), { reason });
