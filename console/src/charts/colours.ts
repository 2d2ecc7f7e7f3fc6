/** Colours of the theme in force, for the canvas, which cannot read CSS variables. */
export interface Palette {
  ground: string;
  ink: string;
  muted: string;
  grid: string;
  forecast: string;
  fan: string;
  red: string;
  amber: string;
  /** Ground of stretches of time that have a name. */
  span: string;
}

/** Resolve the theme's tokens by asking the browser what colour an element would have. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  element.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    ground: colour("panel"),
    ink: colour("ink"),
    muted: colour("muted"),
    grid: colour("rule"),
    forecast: colour("forecast"),
    fan: colour("forecast-fan"),
    red: colour("red"),
    amber: colour("amber"),
    span: colour("span"),
  };
  probe.remove();
  return palette;
}
