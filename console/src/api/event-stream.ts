/** One server-sent event. */
export interface StreamEvent {
  name: string;
  data: string;
}

function eventOf(block: string): StreamEvent | null {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value] = /^(event|data): ?(.*)$/.exec(line) ?? [];
    if (field === "event") name = value ?? "";
    if (field === "data") data.push(value ?? "");
  }
  return data.length === 0 ? null : { name, data: data.join("\n") };
}

/** Cuts a text that comes in pieces into events; `take` gives those that a piece completes. Comments are none. */
export class EventParser {
  #rest = "";

  take(piece: string): StreamEvent[] {
    const blocks = (this.#rest + piece.replaceAll("\r\n", "\n")).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.map(eventOf).filter((event) => event !== null);
  }
}
