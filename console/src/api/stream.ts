import { backOff } from "./back-off";
import type { AlarmsEvent, LiveEvent } from "./types";

/** The server sends a live event a second; this long without one means that the line is dead, whatever the socket says. */
const SILENCE_MS = 8_000;

export interface StreamHandlers {
  onLive(event: LiveEvent, first: boolean): void;
  onAlarms(event: AlarmsEvent): void;
  onLost(): void;
}

/** Keeps a stream of server-sent events open, for ever: opens it again with back-off when it breaks or falls silent. */
export function openStream(url: string, handlers: StreamHandlers): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let first = true;

  function connect(): void {
    first = true;
    source = new EventSource(url);
    source.addEventListener("live", (message) => {
      attempt = 0;
      watch();
      handlers.onLive(JSON.parse(message.data), first);
      first = false;
    });
    source.addEventListener("alarms", (message) => handlers.onAlarms(JSON.parse(message.data)));
    // EventSource gives up for good on an HTTP error and returns in step with all others after a break: ours does neither.
    source.onerror = lost;
    watch();
  }

  function watch(): void {
    clearTimeout(timer);
    timer = setTimeout(lost, SILENCE_MS);
  }

  function lost(): void {
    close();
    handlers.onLost();
    timer = setTimeout(connect, backOff(attempt));
    attempt += 1;
  }

  function close(): void {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function retryNow(): void {
    if (source === null) {
      clearTimeout(timer);
      connect();
    }
  }

  window.addEventListener("online", retryNow);
  connect();
  return () => {
    window.removeEventListener("online", retryNow);
    close();
  };
}
