import type uPlot from "uplot";
import type { Aligned } from "./align";
import type { Palette } from "./colours";

/** What is not a plain measurement is marked on the line, each by a shape of its own. */
export type MarkedQuality = "estimated" | "suspect" | "edited";

export const MARKED: readonly MarkedQuality[] = ["estimated", "suspect", "edited"];

export const isMarked = (quality: string | undefined): quality is MarkedQuality =>
  (MARKED as readonly (string | undefined)[]).includes(quality);

type Shape = (path: Path2D, x: number, y: number, size: number) => void;

const SHAPES: Record<MarkedQuality, Shape> = {
  estimated: (path, x, y, size) => {
    path.moveTo(x + size, y);
    path.arc(x, y, size, 0, 2 * Math.PI);
  },
  suspect: (path, x, y, size) => {
    path.moveTo(x, y - 1.3 * size);
    path.lineTo(x + 1.2 * size, y + size);
    path.lineTo(x - 1.2 * size, y + size);
    path.closePath();
  },
  edited: (path, x, y, size) => path.rect(x - size, y - size, 2 * size, 2 * size),
};

const SIZE_PX = 2.5;
/** Nearer to each other than this, marks would hide the line. */
const LEAST_DISTANCE_PX = 7;

export function drawQuality(plot: uPlot, data: Aligned, palette: Palette): void {
  const { ctx } = plot;
  const scale = devicePixelRatio;
  const last: Partial<Record<MarkedQuality, number>> = {};
  const paths = Object.fromEntries(MARKED.map((quality) => [quality, new Path2D()])) as Record<MarkedQuality, Path2D>;
  data.times.forEach((time, index) => {
    const quality = data.quality[index];
    const value = data.measured[index];
    if (value == null || !isMarked(quality)) return;
    const x = plot.valToPos(time, "x", true);
    if (x - (last[quality] ?? Number.NEGATIVE_INFINITY) < LEAST_DISTANCE_PX * scale) return;
    last[quality] = x;
    SHAPES[quality](paths[quality], x, plot.valToPos(value, "y", true), SIZE_PX * scale);
  });
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  ctx.lineWidth = 1.25 * scale;
  for (const quality of MARKED) {
    ctx.strokeStyle = quality === "suspect" ? palette.amber : palette.ink;
    ctx.fillStyle = quality === "edited" ? palette.ink : palette.ground;
    ctx.fill(paths[quality]);
    ctx.stroke(paths[quality]);
  }
  ctx.restore();
}
