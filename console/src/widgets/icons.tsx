import type { AlarmState, LoadState, Priority, Utility } from "../api/types";

/* Shapes are drawn here, not taken from a font: a bare Debian has no emoji. Colours come from widgets.css. */

const STATE_SHAPES: Record<Exclude<LoadState, "normal">, preact.JSX.Element> = {
  high: <path d="M8 1.8 15 14H1z" />,
  over: <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" />,
  unknown: <circle cx="8" cy="8" r="6" stroke-dasharray="3 2.4" />,
};

/** The shape of a load's state; a normal one has none, so that the abnormal stands out. */
export function StateShape({ state }: { state: LoadState }) {
  if (state === "normal") return null;
  return (
    <svg class={`shape state-${state}`} viewBox="0 0 16 16" aria-hidden="true">
      {STATE_SHAPES[state]}
    </svg>
  );
}

const PRIORITY_SHAPES: Record<Priority, preact.JSX.Element> = {
  critical: <path d="M1.5 1.5h13v13h-13z" />,
  high: <path d="M8 .8 15.6 15H.4z" />,
  medium: <path d="M.4 1h15.2L8 15.2z" />,
  low: <circle cx="8" cy="8" r="6.6" />,
};
const PRIORITY_NUMBERS: Record<Priority, [number: string, baseline: number]> = {
  critical: ["1", 11.8],
  high: ["2", 13],
  medium: ["3", 9],
  low: ["4", 11.6],
};

const MANNERS: Record<AlarmState, "calls" | "stands" | "rests"> = {
  UNACK: "calls",
  "LATCHED-UNACK": "calls",
  RTNUN: "stands",
  ACKED: "stands",
  "LATCHED-ACKED": "stands",
  SHLVD: "rests",
  DSUPR: "rests",
  OOSRV: "rests",
  NORM: "rests",
};

/** A priority's shape and number; hollow once the alarm asks nothing of anybody. */
export function PriorityShape({ priority, state }: { priority: Priority; state: AlarmState }) {
  const [number, baseline] = PRIORITY_NUMBERS[priority];
  const manner = MANNERS[state];
  return (
    <svg class={`shape priority-${priority} ${manner}`} viewBox="0 0 16 16" aria-hidden="true">
      {PRIORITY_SHAPES[priority]}
      <text x="8" y={baseline} text-anchor="middle">
        {number}
      </text>
    </svg>
  );
}

/** The same shapes as on charts: what is not a plain measurement. */
const QUALITY_SHAPES: Record<string, preact.JSX.Element> = {
  estimated: <circle cx="8" cy="8" r="5" />,
  suspect: <path d="M8 2 14.5 14h-13z" />,
  edited: <path d="M3 3h10v10H3z" />,
  missing: <path d="M2 8h12" />,
};

/** How a value came about, as a shape; a measured one has none. */
export function QualityMark({ quality }: { quality: string | undefined }) {
  const drawn = quality === undefined ? undefined : QUALITY_SHAPES[quality];
  if (!drawn) return null;
  return (
    <svg class={`shape mark-${quality}`} viewBox="0 0 16 16" aria-hidden="true">
      {drawn}
    </svg>
  );
}

export function UtilityIcon({ utility }: { utility: Utility }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {utility === "power" ? (
        <path d="M9.5 1 3 9.2h4L6.2 15 13 6.6H8.8z" />
      ) : (
        <path d="M8 1.2c2.6 3.4 4.6 6 4.6 8.6a4.6 4.6 0 0 1-9.2 0C3.4 7.2 5.4 4.6 8 1.2z" />
      )}
    </svg>
  );
}

const DRAWINGS = {
  sun: (
    <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM7.4.8h1.2v2.4H7.4zm0 12h1.2v2.4H7.4zM.8 7.4h2.4v1.2H.8zm12 0h2.4v1.2h-2.4zM2.5 3.3l.8-.8L5 4.2l-.8.8zM11 11.8l.8-.8 1.7 1.7-.8.8zM2.5 12.7 4.2 11l.8.8-1.7 1.7zM11 4.2l1.7-1.7.8.8L11.8 5z" />
  ),
  moon: <path d="M6.2 1.4a6.8 6.8 0 1 0 8.4 8.4A5.6 5.6 0 0 1 6.2 1.4z" />,
  person: <path d="M8 1.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4zM2 14.5c0-3.2 2.6-5.4 6-5.4s6 2.2 6 5.4z" />,
  key: (
    <path
      fill-rule="evenodd"
      d="M10.5 1a4.5 4.5 0 0 0-4.3 5.8L1 12v3h3v-2h2v-2h1.5l.8-.8A4.5 4.5 0 1 0 10.5 1zm1.2 2.2a1.3 1.3 0 1 1 0 2.6a1.3 1.3 0 0 1 0-2.6z"
    />
  ),
  lost: (
    <path d="M2 .8.8 2l13 13 1.2-1.2zM8 11.5a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8zM.3 6l1.4 1.4a9 9 0 0 1 2.6-1.8L3 4.2A11 11 0 0 0 .3 6zm2.9 2.9 1.4 1.4a5 5 0 0 1 3-1.5L6 7.2a7 7 0 0 0-2.8 1.7zM8 3c-.5 0-1 0-1.5.1l1.9 1.9a9 9 0 0 1 5.9 2.4L15.7 6A11 11 0 0 0 8 3z" />
  ),
  calendar: (
    <path
      fill-rule="evenodd"
      d="M4 .8h1.6v1.6h4.8V.8H12v1.6h2.5v12.4h-13V2.4H4zM3 6.2v7.1h10V6.2zm1.4 1.5h2v1.8h-2zm2.8 0h2v1.8h-2zm2.8 0h2v1.8h-2zm-5.6 2.8h2v1.8h-2zm2.8 0h2v1.8h-2z"
    />
  ),
} as const;

export function Icon({ name }: { name: keyof typeof DRAWINGS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {DRAWINGS[name]}
    </svg>
  );
}
