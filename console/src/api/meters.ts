import { get, path, query } from "./client";
import type { History, Load, Text, Utility } from "./types";

/** An asset with what feeds it and what measures it. */
export interface AssetDetail {
  id: string;
  kind: string;
  name: Text;
  zone: string | null;
  loads: Load[];
  upstream: string[];
  meters: { id: string; name: Text; role: Role; quantities: string[] }[];
}

export type Role = "main" | "sub" | "check" | "sensor";

export interface Meter {
  id: string;
  name: Text;
  asset: string;
  zone: string | null;
  role: Role;
  utility: Utility;
  protocol: string;
  device: string;
  quantities: string[];
  last_ms: number | null;
  silent: boolean;
}

/** The latest reading of one quantity, at the meter's terminals. */
export interface LastValue {
  quantity: string;
  unit: string;
  value: number;
  time_ms: number;
  arrival_ms: number;
  limits: [least: number, greatest: number] | null;
}

export interface RatioFrom {
  from_ms: number;
  factor: number;
}

export type MeterDetail = Meter & {
  values: LastValue[];
  /** What powers, energies, flows and volumes are multiplied by. */
  ratio: number;
  /** All of them in order of time; 1 before the first. */
  ratios: RatioFrom[];
  customer: Text | null;
  sector: string | null;
  contracted: number | null;
};

export const getAsset = (id: string, signal: AbortSignal) => get<AssetDetail>(path("assets", id), signal);

export const getMeter = (id: string, signal: AbortSignal) => get<MeterDetail>(path("meters", id), signal);

/** Final values of a quantity by interval, or readings as they came. */
export function getReadings(
  meter: string,
  quantity: string,
  span: { startMs: number; endMs: number },
  fineness: { step: number | "raw" | "auto"; points?: number },
  signal: AbortSignal,
): Promise<History> {
  const asked = query({ quantity, start_ms: span.startMs, end_ms: span.endMs, ...fineness });
  return get<History>(`${path("meters", meter, "readings")}${asked}`, signal);
}
