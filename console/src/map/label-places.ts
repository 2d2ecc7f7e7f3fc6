/** Places labels beside shapes so that they do not cover each other. Pure; pixels, y downwards. */

export type Side = "right" | "left" | "top" | "bottom" | "rightUp" | "rightDown" | "leftUp" | "leftDown";

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

const SIDES: readonly Side[] = ["right", "left", "bottom", "top", "rightDown", "rightUp", "leftDown", "leftUp"];
/** Between a shape and its label, pixels. */
export const GAP = 6;

/** How far a label beside a shape is moved up or down, in heights of the label. */
export const SHIFT = 0.9;

export function labelBox({ x, y, halfWidth, halfHeight, label }: Shape, side: Side): Box {
  const { width, height } = label;
  const left = side.startsWith("right")
    ? x + halfWidth + GAP
    : side.startsWith("left")
      ? x - halfWidth - GAP - width
      : x - width / 2;
  const shift = side.endsWith("Up") ? -SHIFT * height : side.endsWith("Down") ? SHIFT * height : 0;
  const top = side === "top" ? y - halfHeight - height : side === "bottom" ? y + halfHeight : y - height / 2 + shift;
  return { left, top, right: left + width, bottom: top + height };
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

const PASSES = 6;

/** A side for each label, so that they cover each other and the shapes least; earlier sides are liked better. */
export function placeLabels(shapes: readonly Shape[], map: { width: number; height: number }): Side[] {
  const bodies: Box[] = shapes.map(({ x, y, halfWidth, halfHeight }) => ({
    left: x - halfWidth,
    top: y - halfHeight,
    right: x + halfWidth,
    bottom: y + halfHeight,
  }));
  const sides: (Side | null)[] = shapes.map(() => null);
  const costOf = (index: number, side: Side): number => {
    const shape = shapes[index] as Shape;
    const box = labelBox(shape, side);
    const others = sides.map((other, at) =>
      other === null || at === index ? 0 : overlap(box, labelBox(shapes[at] as Shape, other)),
    );
    const covered = bodies.map((body) => overlap(box, body));
    return (
      outside(box, map) * 10 + [...others.map((cost) => cost * 3), ...covered].reduce((sum, cost) => sum + cost, 0)
    );
  };
  // One label after another, then again with all others in place, until nothing moves.
  for (let pass = 0; pass < PASSES; pass += 1) {
    let moved = false;
    shapes.forEach((_, index) => {
      const costs = SIDES.map((side) => ({ side, cost: costOf(index, side) }));
      const { side } = costs.reduce((least, next) => (next.cost < least.cost ? next : least));
      moved ||= side !== sides[index];
      sides[index] = side;
    });
    if (!moved) break;
  }
  return sides.map((side) => side ?? "right");
}
