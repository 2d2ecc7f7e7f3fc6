import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useWords } from "../i18n/text";
import { theme } from "../state/preferences";
import { useStore } from "../state/store";
import { type Aligned, LINES } from "./align";
import { readPalette } from "./colours";
import type { Marks } from "./limits";
import { plotOptions, type ValueAxis } from "./options";

interface Props {
  data: Aligned;
  window: { from: number; to: number };
  marks: Marks;
  height: number;
  axis: ValueAxis;
  label: string;
  onCursor: (index: number | null) => void;
}

const plotData = (data: Aligned) => [data.times, ...LINES.map((name) => data[name])] as uPlot.AlignedData;

/** The canvas of a chart. It is built again only for what cannot be changed in place: language, theme, height, kind of axis. */
export function Plot({ data, window, marks, height, axis, label, onCursor }: Props) {
  const { format } = useWords();
  const shade = useStore(theme);
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, window, marks, onCursor });
  latest.current = { data, window, marks, onCursor };

  // Shade changes the palette that is read from the page; so does paper, for which there is no time to render.
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const build = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        plotOptions({
          width: element.clientWidth,
          height,
          window: () => latest.current.window,
          palette: readPalette(element),
          format,
          axis,
          data: () => latest.current.data,
          marks: () => latest.current.marks,
          onCursor: (index) => latest.current.onCursor(index),
        }),
        plotData(latest.current.data),
        element,
      );
    };
    build();
    const paper = matchMedia("print");
    paper.addEventListener("change", build);
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    return () => {
      paper.removeEventListener("change", build);
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [format, shade, height, axis]);

  // Window and marks are read while drawing
  useEffect(() => plot.current?.setData(plotData(data)), [data, marks, window.from, window.to]);

  return <div ref={host} class="plot" role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}
