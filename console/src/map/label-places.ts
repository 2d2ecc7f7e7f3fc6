/** Places labels beside shapes so that they do not cover each other. Pure; pixels, y downwards. */

export type Side = "right" | "left" | "top" | "bottom";

export interface Shape {
  x: number;
  y: number;
  /** Half of the shape's width and height. */
  halfWidth: number;
  halfHeight: number;
  label: { width: number; height: number };
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const SIDES: readonly Side[] = ["right", "left", "bottom", "top"];
/** Between a shape and its label, pixels. */
export const GAP = 6;

export function labelBox({ x, y, halfWidth, halfHeight, label }: Shape, side: Side): Box {
  const { width, height } = label;
  const left = {
    right: x + halfWidth + GAP,
    left: x - halfWidth - GAP - width,
    top: x - width / 2,
    bottom: x - width / 2,
  };
  const top = { right: y - height / 2, left: y - height / 2, top: y - halfHeight - height, bottom: y + halfHeight };
  return { left: left[side], top: top[side], right: left[side] + width, bottom: top[side] + height };
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** How much of a box lies outside the map. */
function outside(box: Box, map: { width: number; height: number }): number {
  const whole = (box.right - box.left) * (box.bottom - box.top);
  return whole - overlap(box, { left: 0, top: 0, right: map.width, bottom: map.height });
}

/** A side for each label: the first free one, else the one that covers least. */
export function placeLabels(shapes: readonly Shape[], map: { width: number; height: number }): Side[] {
  const taken: Box[] = shapes.map(({ x, y, halfWidth, halfHeight }) => ({
    left: x - halfWidth,
    top: y - halfHeight,
    right: x + halfWidth,
    bottom: y + halfHeight,
  }));
  return shapes.map((shape) => {
    const costs = SIDES.map((side) => {
      const box = labelBox(shape, side);
      return { side, box, cost: outside(box, map) * 10 + taken.reduce((sum, other) => sum + overlap(box, other), 0) };
    });
    const best = costs.reduce((least, next) => (next.cost < least.cost ? next : least));
    taken.push(best.box);
    return best.side;
  });
}
