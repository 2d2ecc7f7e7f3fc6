import type { Alarm, Load } from "../src/api/types";

const text = { vi: "chữ", en: "text" };

export function load(over: Partial<Load> = {}): Load {
  return {
    utility: "power",
    quantity: "power",
    unit: "kW",
    value: 94_000,
    at_ms: 0,
    stale: false,
    apparent_mva: 100,
    planning_power_factor: 0.9,
    rated: 189,
    firm: 126,
    order: null,
    capacity_unit: "MVA",
    utilisation: 0.53,
    state: "normal",
    headroom_n0: 89,
    headroom_n1: 26,
    limit: 126,
    binding: "",
    ...over,
  };
}

export function alarm(over: Partial<Alarm> = {}): Alarm {
  return {
    rule: "rule",
    asset: "asset",
    asset_name: text,
    kind: "limit",
    zone: "zone",
    state: "UNACK",
    condition: "active",
    priority: "medium",
    since_ms: 0,
    event_ms: 0,
    value: null,
    limit: null,
    unit: null,
    text,
    cause: text,
    consequence: text,
    response: text,
    respond_within_min: 30,
    runbook: "docs/runbooks/rule.md",
    suppressions: {},
    comment_required: false,
    probability: null,
    lead_ms: null,
    expected_peak: null,
    peak_ms: null,
    series: null,
    ...over,
  };
}
