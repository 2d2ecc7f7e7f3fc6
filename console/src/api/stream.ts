import { backOff } from "./back-off";
import { Problem, send } from "./client";
import { EventParser, type StreamEvent } from "./event-stream";
import type { AlarmsEvent, LiveEvent } from "./types";

/** The server sends a live event a second; this long without one means that the line is dead, whatever the socket says. */
const SILENCE_MS = 8_000;

export interface StreamHandlers {
  onLive(event: LiveEvent, first: boolean): void;
  onAlarms(event: AlarmsEvent): void;
  onLost(): void;
  /** The server lets nobody in without signing in (again); the stream has ended. */
  onRefused(): void;
}

/**
 * Keeps a stream of server-sent events open: opens it again with back-off when it breaks or falls silent.
 * EventSource can send no key, gives up for good on an HTTP error and returns in step with all others: ours does none of it.
 */
export function openStream(path: string, handlers: StreamHandlers): () => void {
  let stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let first = true;
  let waiting = false;

  function connect(): void {
    first = true;
    waiting = false;
    stop = new AbortController();
    watch();
    read(stop.signal).then(
      () => lost(),
      (error) => (isRefusal(error) ? refused() : lost()),
    );
  }

  async function read(signal: AbortSignal): Promise<void> {
    const response = await send(path, { signal, headers: { Accept: "text/event-stream" } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    while (reader && !signal.aborted) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const event of parser.take(value)) take(event);
    }
  }

  function take({ name, data }: StreamEvent): void {
    if (name === "alarms") handlers.onAlarms(JSON.parse(data));
    if (name !== "live") return;
    attempt = 0;
    watch();
    handlers.onLive(JSON.parse(data), first);
    first = false;
  }

  function watch(): void {
    clearTimeout(timer);
    timer = setTimeout(lost, SILENCE_MS);
  }

  function lost(): void {
    if (waiting) return;
    close();
    waiting = true;
    handlers.onLost();
    timer = setTimeout(connect, backOff(attempt));
    attempt += 1;
  }

  function refused(): void {
    close();
    waiting = true;
    handlers.onRefused();
  }

  function close(): void {
    clearTimeout(timer);
    stop.abort();
  }

  function retryNow(): void {
    if (waiting) {
      clearTimeout(timer);
      connect();
    }
  }

  window.addEventListener("online", retryNow);
  connect();
  return () => {
    window.removeEventListener("online", retryNow);
    waiting = true;
    close();
  };
}

const isRefusal = (error: unknown) => error instanceof Problem && (error.status === 401 || error.status === 403);
