import uPlot from "uplot";
import type { Formats } from "../i18n/format";
import { type Aligned, LINES, type LineName } from "./align";
import type { Palette } from "./colours";
import { drawMarks, type Marks } from "./limits";
import { drawQuality } from "./quality-marks";
import { decimalsOf } from "./ticks";
import { timeLabels } from "./time-labels";

/** Where a line stands among uPlot's series, of which the first is time. */
const seriesIndex = (name: LineName) => LINES.indexOf(name) + 1;

const FONT_PX = 12;
const fontOf = (px: number) => `${px}px system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;

/** How the value axis runs: from zero, or near the values where zero says nothing (voltages, pressures, temperatures). */
export type ValueAxis = "zero" | "near";

/** Both ends of the value axis: data and, from zero, limits, with room for a label above. Pure. */
export function valueRange(
  low: number | null,
  high: number | null,
  { lines }: Pick<Marks, "lines">,
  axis: ValueAxis,
): [number, number] {
  const limits = lines.map((line) => line.at);
  if (axis === "zero") {
    const least = Math.min(0, low ?? 0);
    const largest = Math.max(high ?? 0, ...limits);
    return [least * 1.12, largest > 0 ? largest * 1.12 : least < 0 ? 0 : 1];
  }
  if (low === null || high === null) return [0, 1];
  // A limit close by belongs on the chart; one far away would press the values into a line.
  const reach = Math.max(high - low, Math.abs(high) * 0.02, 1e-6);
  const near = limits.filter((at) => at > low - 2 * reach && at < high + 2 * reach);
  const [least, largest] = [Math.min(low, ...near), Math.max(high, ...near)];
  const margin = Math.max(largest - least, reach) * 0.12;
  return [least - margin, largest + margin];
}

export interface PlotParts {
  width: number;
  height: number;
  palette: Palette;
  format: Formats;
  axis: ValueAxis;
  /** These are asked for at each drawing, so that new limits and a later hour need no new chart. */
  window: () => { from: number; to: number };
  marks: () => Marks;
  data: () => Aligned;
  onCursor: (index: number | null) => void;
}

function seriesOf(palette: Palette): uPlot.Series[] {
  const line = (stroke: string, width: number, more: uPlot.Series = {}): uPlot.Series => ({
    stroke,
    width,
    points: { show: false },
    ...more,
  });
  const looks: Record<LineName, uPlot.Series> = {
    raw: line(palette.muted, 1),
    low: line(palette.muted, 0.5),
    high: line(palette.muted, 0.5),
    measured: line(palette.ink, 1.5),
    p05: line(palette.forecast, 0.5, { dash: [2, 3] }),
    p95: line(palette.forecast, 0.5, { dash: [2, 3] }),
    p10: line(palette.forecast, 0.75),
    p50: line(palette.forecast, 1.75, { dash: [6, 4] }),
    p90: line(palette.forecast, 0.75),
    past: line(palette.forecast, 1.25, { dash: [2, 2] }),
  };
  return [{}, ...LINES.map((name) => looks[name])];
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
      size: 56,
      gap: 3,
      values: (_, splits, _axis, _space, step) => splits.map((value) => format.number(value, decimalsOf(step))),
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
      y: { range: (_, min, max) => valueRange(min, max, marks(), parts.axis) },
    },
    series: seriesOf(palette),
    bands: [
      { series: [seriesIndex("high"), seriesIndex("low")], fill: palette.span },
      { series: [seriesIndex("p95"), seriesIndex("p05")], fill: palette.fan },
      { series: [seriesIndex("p90"), seriesIndex("p10")], fill: palette.fan },
    ],
    axes: axesOf(palette, format),
    hooks: {
      // After the axes and before the series: no label hides a measurement.
      drawAxes: [(plot) => drawMarks(plot, marks(), palette, fontOf(FONT_PX * devicePixelRatio))],
      draw: [(plot) => drawQuality(plot, parts.data(), palette)],
      setCursor: [(plot) => parts.onCursor(plot.cursor.idx ?? null)],
    },
  };
}
