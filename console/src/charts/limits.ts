import type uPlot from "uplot";
import type { Palette } from "./colours";

export interface LimitLine {
  kind: "firm" | "rated" | "order" | "limit";
  label: string;
  /** In the unit of the chart. */
  at: number;
}

const DASHES: Record<LimitLine["kind"], number[]> = { firm: [10, 4], rated: [], order: [2, 3], limit: [6, 3] };
const MARGIN = 4;

function colourOf(kind: LimitLine["kind"], palette: Palette): string {
  return kind === "limit" ? palette.red : palette.muted;
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

/** Draw a horizontal line over the whole plot with its name: the highest has it above, the others below, so that near lines keep their names apart. */
function drawLimit(plot: uPlot, line: LimitLine, palette: Palette, above: boolean): void {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(line.at, "y", true));
  const scale = devicePixelRatio;
  ctx.strokeStyle = ctx.fillStyle = colourOf(line.kind, palette);
  ctx.lineWidth = 1.5 * scale;
  ctx.setLineDash(DASHES[line.kind].map((length) => length * scale));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.textAlign = "left";
  ctx.textBaseline = above ? "bottom" : "top";
  writeOver(plot, line.label, bbox.left + MARGIN * scale, y + (above ? -2 : 3) * scale, palette);
}

function drawNow(plot: uPlot, at: number, label: string, palette: Palette): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(at, "x", true));
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const scale = devicePixelRatio;
  ctx.strokeStyle = ctx.fillStyle = palette.muted;
  ctx.lineWidth = scale;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  writeOver(plot, label, x + MARGIN * scale, bbox.top + bbox.height - 2 * scale, palette);
}

/** What a chart shows besides its series: limits and the present. */
export interface Marks {
  lines: LimitLine[];
  now: { at: number; label: string };
}

export function drawMarks(plot: uPlot, { lines, now }: Marks, palette: Palette, font: string): void {
  const { ctx } = plot;
  const highest = Math.max(...lines.map((line) => line.at));
  ctx.save();
  ctx.font = font;
  for (const line of lines) drawLimit(plot, line, palette, line.at === highest);
  drawNow(plot, now.at, now.label, palette);
  ctx.restore();
}
