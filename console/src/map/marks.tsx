import { render } from "preact";
import { useWords } from "../i18n/text";

/** What is marked by a shape, with the message that names it. */
export const KINDS = [
  ["substation", "map.substation"],
  ["plant", "map.waterPlant"],
  ["pump", "map.pumpStation"],
  ["reservoir", "map.reservoir"],
] as const;

export type Kind = (typeof KINDS)[number][0];

const SHAPES: Record<Kind, preact.JSX.Element> = {
  substation: <path d="M2 2h12v12H2z" />,
  plant: <circle cx="8" cy="8" r="6.5" />,
  pump: <path d="M8 1.5 15 14H1z" />,
  reservoir: <path d="M1.5 3.5h13v10h-13zm0 4h13" />,
};

function Mark({ kind }: { kind: Kind }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[kind]}
    </svg>
  );
}

/** A mark for Leaflet, which wants an element. */
export function markElement(kind: Kind): HTMLElement {
  const host = document.createElement("div");
  render(<Mark kind={kind} />, host);
  return host;
}

/** What the marks stand for. */
export function Legend() {
  const { t } = useWords();
  return (
    <ul class="map-legend">
      {KINDS.map(([kind, name]) => (
        <li key={kind} class="map-mark">
          <Mark kind={kind} />
          {t(name)}
        </li>
      ))}
    </ul>
  );
}
