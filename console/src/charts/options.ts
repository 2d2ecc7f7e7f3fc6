import uPlot from "uplot";
import type { Formats } from "../i18n/format";
import type { Palette } from "./colours";
import { drawMarks, type Marks } from "./limits";
import { timeLabels } from "./time-labels";

/** Order of the series in a chart's data. */
export const SERIES = ["measured", "estimated", "p10", "p50", "p90"] as const;
const P10 = SERIES.indexOf("p10") + 1;
const P90 = SERIES.indexOf("p90") + 1;

const FONT_PX = 12;
const fontOf = (px: number) => `${px}px system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;

/** Right end of the value axis: the largest of data and limits, with room for a label above. */
export function topOf(dataMax: number | null, marks: Marks): number {
  const largest = Math.max(dataMax ?? 0, ...marks.lines.map((line) => line.at));
  return largest > 0 ? largest * 1.12 : 1;
}

export interface PlotParts {
  width: number;
  height: number;
  palette: Palette;
  format: Formats;
  /** These are asked for at each drawing, so that new limits and a later hour need no new chart. */
  window: () => { from: number; to: number };
  marks: () => Marks;
  onCursor: (index: number | null) => void;
}

function seriesOf(palette: Palette): uPlot.Series[] {
  const line = (stroke: string, width: number, more: uPlot.Series = {}): uPlot.Series => ({
    stroke,
    width,
    points: { show: false },
    ...more,
  });
  return [
    {},
    line(palette.ink, 1.5),
    { paths: () => null, points: { show: true, size: 5, stroke: palette.ink, fill: "transparent", width: 1 } },
    line(palette.forecast, 0.75),
    line(palette.forecast, 1.75, { dash: [6, 4] }),
    line(palette.forecast, 0.75),
  ];
}

function axesOf(palette: Palette, format: Formats): uPlot.Axis[] {
  const look = {
    stroke: palette.muted,
    font: fontOf(FONT_PX),
    grid: { stroke: palette.grid, width: 1 },
    ticks: { stroke: palette.grid, width: 1, size: 4 },
  };
  return [
    { ...look, space: 56, values: (_, splits, _axis, _space, step) => timeLabels(splits, step, format) },
    {
      ...look,
      size: 52,
      gap: 3,
      values: (_, splits, _axis, _space, step) =>
        splits.map((value) => format.number(value, step >= 1 ? 0 : step >= 0.1 ? 1 : 2)),
    },
  ];
}

export function plotOptions(parts: PlotParts): uPlot.Options {
  const { palette, format, marks, window } = parts;
  return {
    width: parts.width,
    height: parts.height,
    ms: 1,
    tzDate: (ms) => uPlot.tzDate(new Date(ms), format.timezone),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: () => [window().from, window().to] },
      y: { range: (_, __, max) => [0, topOf(max, marks())] },
    },
    series: seriesOf(palette),
    bands: [{ series: [P90, P10], fill: palette.fan }],
    axes: axesOf(palette, format),
    hooks: {
      // After the axes and before the series: no label hides a measurement.
      drawAxes: [(plot) => drawMarks(plot, marks(), palette, fontOf(FONT_PX * devicePixelRatio))],
      setCursor: [(plot) => parts.onCursor(plot.cursor.idx ?? null)],
    },
  };
}
