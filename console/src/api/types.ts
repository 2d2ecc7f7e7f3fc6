/** Shapes of the HTTP contract, `/api/v1`. Times are UTC milliseconds; a missing number is null. */

export type Utility = "power" | "water";
export type LoadState = "normal" | "high" | "over" | "unknown";
export type Position = [longitude: number, latitude: number];
export type Series = (number | null)[];

export interface Text {
  vi: string;
  en: string;
}

export interface Load {
  utility: Utility;
  quantity: string;
  unit: string;
  value: number | null;
  at_ms: number | null;
  stale: boolean;
  apparent_mva: number | null;
  /** By which MW ahead become MVA. */
  planning_power_factor: number;
  rated: number;
  firm: number | null;
  /** What `state` is measured against: the firm capacity, or the rated one where there is no other. */
  limit: number;
  order: number | null;
  capacity_unit: string;
  utilisation: number | null;
  state: LoadState;
  headroom_n0: number | null;
  headroom_n1: number | null;
  binding: string;
}

export interface Peak {
  time_ms: number;
  p50: number;
  p90: number;
  /** That demand passes the firm capacity. */
  probability: number;
}

export type LoadAhead = Load & { peak: Peak | null };
export type LoadWithTrend = LoadAhead & { spark: Series };

export interface Place {
  id: string;
  name: Text;
  position: Position;
}

export interface Province {
  id: string;
  name: Text;
  as_of: string;
  timezone: string;
  country: string;
  now_ms: number;
  utilities: Utility[];
  zones: (Place & { boundary: Position[][] })[];
  substations: (Place & { zone: string })[];
  water_plants: Place[];
  pump_stations: Place[];
  reservoirs: Place[];
  feeders: { id: string; name: Text; zone: string; path: Position[] }[];
}

export interface Balance {
  utility: Utility;
  unit: string;
  capacity_unit: string;
  supplied: number | null;
  drawn: number | null;
  headroom: number | null;
  least: { zone: string; headroom: number; time_ms: number; p90: number } | null;
}

export type Priority = "low" | "medium" | "high" | "critical";
export type AlarmState =
  | "NORM"
  | "UNACK"
  | "ACKED"
  | "RTNUN"
  | "LATCHED-UNACK"
  | "LATCHED-ACKED"
  | "SHLVD"
  | "DSUPR"
  | "OOSRV";

export interface AlarmCounts {
  unacknowledged: number;
  active: number;
  shelved: number;
}

export interface Overview {
  now_ms: number;
  balance: Balance[];
  zones: { id: string; name: Text; loads: LoadWithTrend[] }[];
  alarms: AlarmCounts & { worst: Priority | null };
}

export interface Transformer {
  id: string;
  name: Text;
  rated_mva: number;
  in_service: boolean;
  load: Load;
}

export interface Reservoir {
  id: string;
  name: Text;
  level: number | null;
  at_ms: number | null;
  level_min_m: number;
  level_max_m: number;
  usable_m3: number;
  volume_m3: number | null;
  hours_left_p50: number | null;
  hours_left_p90: number | null;
}

export interface District {
  id: string;
  name: Text;
  load: Load;
  pressure: { value: number; at_ms: number; min: number; max: number } | null;
}

export interface MeterBalance {
  utility: Utility;
  main: number | null;
  sub: number | null;
  difference: number | null;
  share: number | null;
  unit: string;
}

export interface QualityShares {
  measured: number;
  estimated: number;
  suspect: number;
  missing: number;
}

export interface ZoneDetail {
  id: string;
  name: Text;
  position: Position;
  boundary: Position[][];
  now_ms: number;
  loads: LoadAhead[];
  substations: { id: string; name: Text; load: Load; transformers: Transformer[] }[];
  feeders: { id: string; name: Text; transformer: string; kv: number; load: Load }[];
  dmas: District[];
  reservoirs: Reservoir[];
  balance: MeterBalance[];
  quality: QualityShares;
  silent: { meter: string; name: Text; last_ms: number | null }[];
  supply_orders: {
    id: string;
    utility: Utility;
    quota: number;
    start_ms: number;
    end_ms: number;
    reason: Text;
  }[];
}

/** Interval values from the store: `/demand` and `/meters/{id}/readings`. */
export interface History {
  quantity: string;
  unit: string;
  step_s: number | null;
  start_ms: number[];
  value: Series;
  /** Least and greatest quarter hour of a longer interval. */
  low: Series;
  high: Series;
  quality: string[];
}

export interface Forecast {
  target: string;
  quantity: string;
  unit: string;
  issue_ms: number;
  step_s: number;
  model: string;
  /** Why a simpler model stood in; empty when none did. */
  fallback_text: Text;
  /** What else went into it; empty when nothing. */
  remarks_text: Text;
  time_ms: number[];
  p05: Series;
  p10: Series;
  p25: Series;
  p50: Series;
  p75: Series;
  p90: Series;
  p95: Series;
}

export interface Suppression {
  reason: string;
  person: string;
  until_ms: number | null;
  /** The alarm that took it along; its rule is `planned-outage` for a notice. */
  by?: { rule: string; asset: string } | null;
}

export interface Alarm {
  rule: string;
  asset: string;
  asset_name: Text;
  kind: string;
  zone: string | null;
  state: AlarmState;
  condition: "normal" | "active" | "unknown";
  priority: Priority;
  since_ms: number;
  event_ms: number;
  value: number | null;
  limit: number | null;
  unit: string | null;
  text: Text;
  cause: Text;
  consequence: Text;
  response: Text;
  respond_within_min: number;
  runbook: string;
  suppressions: Partial<Record<"shelved" | "by_design" | "out_of_service", Suppression>>;
  comment_required: boolean;
  probability: number | null;
  lead_ms: number | null;
  expected_peak: number | null;
  peak_ms: number | null;
  series: { meter: string | null; asset: string; quantity: string } | null;
}

export interface Transition {
  event_ms: number;
  known_ms: number;
  before: AlarmState;
  after: AlarmState;
  announced: boolean;
  /** Empty when no person was involved. */
  person: string;
  comment: string;
  value: number | null;
  text: Text;
}

export interface Delivery {
  target: string;
  status: "pending" | "delivered" | "given_up";
  attempts: number;
  receipt: string;
}

export type AlarmDetail = Alarm & { history: Transition[]; deliveries: Delivery[] };

export interface Asset {
  id: string;
  kind: string;
  name: Text;
  zone: string | null;
  loads: Load[];
}

/** Data of the stream's `live` event: all loads on the first one, later those that changed. */
export interface LiveEvent {
  now_ms: number;
  loads: Record<string, Load[]>;
  reservoirs: Record<string, { level: number | null; at_ms: number | null }>;
  meters_silent: number;
  readings_per_s: number;
}

export type AlarmsEvent = AlarmCounts & { changed: Alarm[] };
