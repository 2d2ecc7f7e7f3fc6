/** Finds room for a limit's name along its line, where no series passes. Pure; canvas pixels. */

export interface Label {
  width: number;
  height: number;
}

export interface Span {
  left: number;
  right: number;
}

export interface Place {
  x: number;
  above: boolean;
}

/** Lowest and highest pixel that any series reaches between two x; null where there is none. */
export type Extent = (from: number, to: number) => { top: number; bottom: number } | null;

const STEPS = 30;

/** The first place from the left, above the line rather than below, that nothing crosses; the very left, above, if all are crossed. */
export function freePlace(lineY: number, label: Label, plot: Span, extent: Extent): Place {
  const room = plot.right - plot.left - label.width;
  for (let step = 0; step <= STEPS && room > 0; step += 1) {
    const x = plot.left + (room * step) / STEPS;
    const data = extent(x, x + label.width);
    if (!data || data.top > lineY || data.bottom < lineY - label.height) return { x, above: true };
    if (data.bottom < lineY || data.top > lineY + label.height) return { x, above: false };
  }
  return { x: plot.left, above: true };
}
