import { get, path, post } from "./client";
import type { AlarmMetrics } from "./rules";
import type { AlarmState, Priority, Text } from "./types";

export interface IncidentAlarm {
  rule: string;
  asset: string;
  asset_name: Text;
}

/** Alarms of one cause: the root takes the others along, or is the first; `end_ms` is null while one stands. */
export interface Incident {
  root: IncidentAlarm;
  start_ms: number;
  end_ms: number | null;
  priority: Priority;
  announced: number;
  alarms: IncidentAlarm[];
  timeline: {
    event_ms: number;
    rule: string;
    asset: string;
    before: AlarmState;
    after: AlarmState;
    announced: boolean;
    person: string;
    comment: string;
    text: Text;
  }[];
}

export interface Outage {
  id: string;
  asset: string;
  asset_name: Text;
  start_ms: number;
  end_ms: number;
  reason: Text;
  person: string;
  state: "planned" | "under_way" | "over" | "withdrawn";
  withdrawn_by: string;
  /** Alarms it keeps quiet now. */
  suppressed: number;
}

export const getIncidents = (signal: AbortSignal) => get<{ items: Incident[] }>("/incidents", signal);
export const getMetrics = (signal: AbortSignal) => get<AlarmMetrics>("/alarm-metrics", signal);
export const getOutages = (signal: AbortSignal) => get<{ items: Outage[] }>("/planned-outages", signal);
export const planOutage = (outage: Pick<Outage, "asset" | "start_ms" | "end_ms" | "reason">) =>
  post<Outage>("/planned-outages", outage);
export const withdrawOutage = (id: string) => post<Outage>(path("planned-outages", id, "withdraw"));
