import { change, get, path, post } from "./client";
import type { Priority, Text } from "./types";

export type Definition = Record<string, unknown>;

export interface Rule {
  id: string;
  kind: string;
  name: Text;
  watches: string;
  priority: Priority;
  enabled: boolean;
  /** file, edited (over the file's wording) or added. */
  source: "file" | "edited" | "added";
  version: number;
  /** The file has changed since the edit. */
  conflict: boolean;
  /** Why the edit does not fit the registry any more; empty: it fits. */
  problem: string;
  alarms: number;
  open: number;
  definition: Definition;
}

export interface RuleVersion {
  version: number;
  enabled: boolean;
  definition: Definition | null;
  person: string;
  at_ms: number;
}

export interface RuleProblem {
  /** 0 where the whole text is meant. */
  line: number;
  key: string;
  what: string;
  mend: string;
}

export interface Measure {
  key: string;
  name: Text;
  value: number;
  acceptable: number;
  ok: boolean;
}

export interface AlarmMetrics {
  start_ms: number;
  end_ms: number;
  announced: number;
  measures: Measure[];
  by_priority: Record<string, number>;
  chattering: { rule: string; asset: string; worst_minute: number; on_delay_s: number; proposal: Text }[];
  stale: { rule: string; asset: string; hours: number; standing: boolean; proposal: Text }[];
}

/** What rules would have done over a stretch of the past. */
export interface RuleTrial {
  start_ms: number;
  end_ms: number;
  readings: number;
  count: number;
  transitions: {
    event_ms: number;
    rule: string;
    asset: string;
    before: string;
    after: string;
    announced: boolean;
    text: Text;
  }[];
  metrics: AlarmMetrics;
}

export const getRules = (signal: AbortSignal) => get<{ items: Rule[] }>("/rules", signal);
export const getRule = (id: string, signal: AbortSignal) =>
  get<Rule & { history: RuleVersion[] }>(path("rules", id), signal);
export const checkRules = (text: string) =>
  post<{ definitions: Definition[]; problems: RuleProblem[] }>("/rules/check", { text });
export const tryRulesOnPast = (text: string, startMs: number, endMs: number) =>
  post<RuleTrial>("/rules/try", { text, start_ms: startMs, end_ms: endMs });
export const saveRule = (id: string, definition: Definition, version: number) =>
  change<Rule>("PUT", path("rules", id), { definition, version });
export const switchRule = (id: string, on: boolean) => post<Rule>(path("rules", id, "switch"), { on });
export const revertRule = (id: string) => post<Rule>(path("rules", id, "revert"));
