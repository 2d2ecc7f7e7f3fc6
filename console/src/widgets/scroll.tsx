import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  label: string;
  /** Whether it scrolls up and down too, within some lines. */
  tall?: boolean;
  children: ComponentChildren;
}

/** Holds what may be wider than the page. The keyboard can scroll it, and stops there only where there is something to scroll. */
export function Scroll({ label, tall = false, children }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const host = element.current;
    if (!host) return;
    const measure = () => setScrolls(host.scrollWidth > host.clientWidth || host.scrollHeight > host.clientHeight);
    const sizes = new ResizeObserver(measure);
    sizes.observe(host);
    if (host.firstElementChild) sizes.observe(host.firstElementChild);
    return () => sizes.disconnect();
  }, []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      ref={element}
      class={`table-scroll ${tall ? "tall" : ""}`}
      role="group"
      aria-label={label}
      {...(scrolls ? { tabIndex: 0 } : {})}
    >
      {children}
    </div>
  );
}
