import { get, path, post } from "./client";
import type { Delivery, Priority } from "./types";

export interface StandIn {
  id: string;
  rota: string;
  target: string;
  start_ms: number;
  end_ms: number;
  reason: string;
  person: string;
  withdrawn_by: string;
  state: "planned" | "under_way" | "over" | "withdrawn";
}

/** Who is told of alarms, and when. */
export interface Duty {
  rotas: {
    rota: string;
    target: string;
    person: string;
    since_ms: number;
    until_ms: number;
    next_target: string;
    override: boolean;
  }[];
  levels: { to: string[]; after_min: Partial<Record<Priority, number>> }[];
  targets: string[];
  stand_ins: StandIn[];
  test: { sent_ms: number; deliveries: Delivery[] } | null;
}

export const getDuty = (signal: AbortSignal) => get<Duty>("/duty", signal);
export const makeStandIn = (made: Pick<StandIn, "rota" | "target" | "start_ms" | "end_ms" | "reason">) =>
  post<StandIn>("/duty/stand-ins", made);
export const withdrawStandIn = (id: string) => post<StandIn>(path("duty", "stand-ins", id, "withdraw"));
export const sendTestPage = () => post<{ sent_ms: number; deliveries: Delivery[] }>("/duty/test-page");
