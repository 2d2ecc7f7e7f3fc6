import { change, get, path, post, query } from "./client";

export const CONDITIONS = ["gone", "silent", "slow", "clock", "errors"] as const;
/** What may be wrong with a device. */
export type Condition = (typeof CONDITIONS)[number];

export interface Device {
  device: string;
  meters: string[];
  topic: string;
  profile: string;
  first_seen_ms: number;
  last_seen_ms: number;
  messages: number;
  /** Usual time between transmissions, and that of late, s. */
  interval_s: number | null;
  recent_s: number | null;
  /** Least arrival lag of late; negative when its clock is ahead. */
  drift_ms: number | null;
  errors: Record<string, number>;
  last_error_ms: number | null;
  /** When it told that it is gone, where it has not spoken since. */
  gone_ms: number | null;
  conditions: Condition[];
}

export interface Devices {
  items: Device[];
  total: number;
  counts: Partial<Record<Condition, number>>;
  next: string | null;
}

/** A message kept whole; `payload` is text, or base64 where it is not. */
export interface KeptMessage {
  id: number;
  topic: string;
  reason: string;
  device: string;
  detail: string;
  arrival_ms: number;
  payload: string;
  base64: boolean;
}

/** Kept messages that wait for one cause. */
export interface QuarantineGroup {
  reason: string;
  device: string;
  detail: string;
  topic: string;
  messages: number;
  first_ms: number;
  last_ms: number;
}

export interface UnknownDevice {
  device: string;
  topic: string;
  first_seen_ms: number;
  last_seen_ms: number;
  messages: number;
  profile: string;
  quantities: string[];
  interval_s: number | null;
  last: KeptMessage | null;
}

/** What became of messages that waited. */
export interface Replayed {
  messages: number;
  readings: number;
  left: number;
}

export interface TrialLine {
  topic: string;
  meter: string;
  quantity: string;
  time_ms: number;
  before: number | null;
  after: number | null;
}

/** A reading of a device that is not registered: it would wait until the device is adopted. */
export interface UnregisteredLine {
  topic: string;
  device: string;
  quantity: string;
  time_ms: number;
  value: number;
}

/** What mapping rules would do: readings added, changed and gone, those of devices to be adopted, and what would wait on. */
export interface Trial {
  recent: number;
  quarantined: number;
  rules: { topic: string; messages: number }[];
  same: number;
  added: TrialLine[];
  changed: TrialLine[];
  gone: TrialLine[];
  unregistered: UnregisteredLine[];
  waiting: { topic: string; reason: string; device: string; detail: string; messages: number }[];
  counts: Record<string, number>;
}

export const getDevices = (condition: Condition | null, search: string, after: string, signal: AbortSignal) =>
  get<Devices>(`/devices${query({ condition, search, after, limit: 100 })}`, signal);

export const getUnknown = (signal: AbortSignal) =>
  get<{ items: UnknownDevice[]; total: number }>("/devices/unknown", signal);

export const adopt = (device: string, meter: string) => post<{ replayed: number }>("/devices/adopt", { device, meter });

export const getGroups = (signal: AbortSignal) => get<{ items: QuarantineGroup[] }>("/quarantine/groups", signal);

export const getKept = ({ reason, device, topic }: QuarantineGroup, signal: AbortSignal) =>
  get<{ items: KeptMessage[] }>(
    `/quarantine${query({ reason, ...(device ? { device } : { topic }), limit: 20 })}`,
    signal,
  );

export const dismiss = (id: number) => change("DELETE", path("quarantine", String(id)));

export const replay = (reason: string | null, device: string | null) =>
  post<Replayed>("/quarantine/replay", { reason, device });

/** Mapping rules that somebody saved; the version with the greatest number is in force. */
export interface SavedRules {
  version: number;
  rules: string;
  person: string;
  at_ms: number;
}

export const getSavedRules = (signal: AbortSignal) =>
  get<{ items: SavedRules[]; problem: string | null }>("/mappings", signal);

/** What saving these rules would do: they take the place of those saved before. */
export const tryRules = (rules: string) => post<Trial>("/mappings/try", { rules, saved: true });

/** Use rules from now on; `version` is the one that they were made from. */
export const saveRules = (rules: string, version: number) =>
  change<{ version: number; replayed: Replayed }>("PUT", "/mappings", { rules, version });

export const applyRules = () => post<Replayed>("/mappings/apply");
