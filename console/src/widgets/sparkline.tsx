import type { Series } from "../api/types";

const WIDTH = 100;
const HEIGHT = 24;

/** Path of a line through the values, from zero to `max`; a missing value breaks it. Pure. */
export function sparkPath(values: Series, max: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  let pen = "M";
  let path = "";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = HEIGHT - 1 - (max > 0 ? value / max : 0) * (HEIGHT - 2);
    path += `${pen}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  });
  return path;
}

/** The last day at a glance: a line from zero, no axes; the words for it are beside it. */
export function Sparkline({ values, label }: { values: Series; label: string }) {
  const max = Math.max(0, ...values.filter((value) => value !== null));
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={sparkPath(values, max)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
