import { useCallback } from "preact/hooks";
import { DataTable } from "../widgets/data-table";
import { roundStep } from "./ticks";

export interface XyLine {
  name: string;
  /** How it is drawn, as in the legend: a class of chart.css. */
  look: "measured" | "forecast" | "raw" | "target";
  values: (number | null)[];
}

interface Props {
  title: string;
  /** Word for the horizontal axis, and its values, rising. */
  xName: string;
  x: number[];
  lines: XyLine[];
  format: (value: number) => string;
  /** Upper end of the values; the largest of them when left out. */
  most?: number;
}

const [WIDTH, HEIGHT] = [640, 220];
const MARGIN = { left: 64, right: 12, top: 10, bottom: 30 };
const TICKS = 4;

/** A path through points; a missing one breaks it. */
function pathOf(values: (number | null)[], place: (index: number, value: number) => [number, number]): string {
  let pen = "M";
  return values
    .map((value, index) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const [x, y] = place(index, value);
      const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      return step;
    })
    .join("");
}

/** A small chart of values over something other than time, with its legend and its numbers as a table. */
export function XyChart({ title, xName, x, lines, format, most }: Props) {
  const largest = Math.max(0, ...lines.flatMap((line) => line.values.map((value) => value ?? 0)));
  const top = most ?? TICKS * roundStep(largest > 0 ? largest : 1, TICKS);
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 1];
  const inner = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const xAt = (value: number) => MARGIN.left + ((value - first) / Math.max(1e-9, last - first)) * inner.width;
  const yAt = (value: number) => MARGIN.top + (1 - value / top) * inner.height;
  const rows = useCallback(
    () =>
      x.map((at, index) => [
        String(at),
        ...lines.map((line) => (line.values[index] == null ? "–" : format(line.values[index] as number))),
      ]),
    [x, lines, format],
  );
  return (
    <figure class="chart xy">
      <figcaption>
        <ul class="legend">
          {lines.map((line) => (
            <li key={line.name} class={`key-${line.look}`}>
              {line.name}
            </li>
          ))}
        </ul>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        {Array.from({ length: TICKS + 1 }, (_, tick) => (top * tick) / TICKS).map((value) => (
          <g key={value}>
            <path class="grid" d={`M${MARGIN.left} ${yAt(value)}H${WIDTH - MARGIN.right}`} />
            <text x={MARGIN.left - 6} y={yAt(value) + 4} text-anchor="end">
              {format(value)}
            </text>
          </g>
        ))}
        {x.map((value) => (
          <text key={value} x={xAt(value)} y={HEIGHT - 10} text-anchor="middle">
            {value}
          </text>
        ))}
        {lines.map((line) => (
          <g key={line.name} class={`line-${line.look}`}>
            <path d={pathOf(line.values, (index, value) => [xAt(x[index] as number), yAt(value)])} />
            {line.values.map(
              (value, index) =>
                value !== null &&
                line.look !== "target" && (
                  <circle key={x[index]} cx={xAt(x[index] as number)} cy={yAt(value)} r="2.5" />
                ),
            )}
          </g>
        ))}
      </svg>
      <p class="note">{xName}</p>
      <DataTable columns={[xName, ...lines.map((line) => line.name)]} rows={rows} />
    </figure>
  );
}
