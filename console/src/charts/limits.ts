import type uPlot from "uplot";
import type { Palette } from "./colours";
import { type Extent, freePlace } from "./free-place";

export interface LimitLine {
  kind: "firm" | "rated" | "order" | "limit";
  label: string;
  /** In the unit of the chart. */
  at: number;
}

/** A stretch of time with a name, such as a holiday; UTC ms. */
export interface NamedSpan {
  from: number;
  to: number;
  label: string;
}

/** What a chart shows besides its series: limits, the present and stretches that have a name. */
export interface Marks {
  lines: LimitLine[];
  now: { at: number; label: string };
  spans?: NamedSpan[];
}

const DASHES: Record<LimitLine["kind"], number[]> = { firm: [10, 4], rated: [], order: [2, 3], limit: [6, 3] };
const MARGIN = 4;
const LINE_HEIGHT = 16;
/** Narrower stretches stay without their name, which may run on past their end. */
const LEAST_NAMED_PX = 40;

/** Where the series run between two x of the canvas. */
function extentOf(plot: uPlot): Extent {
  const [times = [], ...series] = plot.data;
  return (from, to) => {
    const [first, last] = [from, to].map((x) => plot.posToVal(x, "x", true)) as [number, number];
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    times.forEach((time, index) => {
      if (time < first || time > last) return;
      for (const values of series) {
        const value = values[index];
        if (value == null) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    });
    if (low > high) return null;
    return { top: plot.valToPos(high, "y", true), bottom: plot.valToPos(low, "y", true) };
  };
}

/** Write on a halo of the ground, so that the lines behind do not cross the letters. */
function writeOver({ ctx }: uPlot, text: string, x: number, y: number, palette: Palette): void {
  ctx.setLineDash([]);
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.lineJoin = "round";
  ctx.strokeStyle = palette.ground;
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

function drawLine({ ctx }: uPlot, from: [number, number], to: [number, number], dash: number[], width: number): void {
  ctx.lineWidth = width * devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

function drawLimit(plot: uPlot, line: LimitLine, palette: Palette): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const y = Math.round(plot.valToPos(line.at, "y", true));
  const right = bbox.left + bbox.width;
  ctx.strokeStyle = ctx.fillStyle = line.kind === "limit" ? palette.red : palette.muted;
  drawLine(plot, [bbox.left, y], [right, y], DASHES[line.kind], 1.5);
  const label = { width: ctx.measureText(line.label).width, height: LINE_HEIGHT * scale };
  const span = { left: bbox.left + MARGIN * scale, right: right - MARGIN * scale };
  const { x, above } = freePlace(y, label, span, extentOf(plot));
  ctx.textAlign = "left";
  ctx.textBaseline = above ? "bottom" : "top";
  writeOver(plot, line.label, x, y + (above ? -2 : 3) * scale, palette);
}

function drawNow(plot: uPlot, at: number, label: string, palette: Palette): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(at, "x", true));
  const right = bbox.left + bbox.width;
  if (x < bbox.left || x > right) return;
  ctx.strokeStyle = ctx.fillStyle = palette.muted;
  drawLine(plot, [x, bbox.top], [x, bbox.top + bbox.height], [], 1);
  const margin = MARGIN * devicePixelRatio;
  const fits = x + margin + ctx.measureText(label).width < right;
  ctx.textAlign = fits ? "left" : "right";
  ctx.textBaseline = "bottom";
  writeOver(plot, label, fits ? x + margin : x - margin, bbox.top + bbox.height - 2 * devicePixelRatio, palette);
}

function drawSpan(plot: uPlot, span: NamedSpan, palette: Palette): void {
  const { ctx, bbox } = plot;
  const ends = [span.from, span.to].map((at) => plot.valToPos(at, "x", true));
  const left = Math.max(bbox.left, ends[0] as number);
  const right = Math.min(bbox.left + bbox.width, ends[1] as number);
  if (right <= left) return;
  ctx.fillStyle = palette.span;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.fillStyle = palette.muted;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  const margin = MARGIN * devicePixelRatio;
  // Limits are named above, the present below: a stretch's name goes over that of the present.
  const y = bbox.top + bbox.height - LINE_HEIGHT * devicePixelRatio - margin;
  if (right - left > LEAST_NAMED_PX * devicePixelRatio) writeOver(plot, span.label, left + margin, y, palette);
}

export function drawMarks(plot: uPlot, { lines, now, spans = [] }: Marks, palette: Palette, font: string): void {
  const { ctx } = plot;
  ctx.save();
  ctx.font = font;
  for (const span of spans) drawSpan(plot, span, palette);
  for (const line of lines) drawLimit(plot, line, palette);
  drawNow(plot, now.at, now.label, palette);
  ctx.restore();
}
