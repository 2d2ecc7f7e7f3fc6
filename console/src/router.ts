import { Store } from "./state/store";

/** Path of the page that is shown. */
export const route = new Store<string>(location.pathname);

export function go(path: string): void {
  if (path === route.value) return;
  history.pushState(null, "", path);
  route.set(path);
  scrollTo(0, 0);
}

const opensElsewhere = (event: MouseEvent) =>
  event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

/** Follow links to our own pages without loading the document again; `data-outside` marks those the server answers. */
export function startRouter(): void {
  addEventListener("popstate", () => route.set(location.pathname));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || opensElsewhere(event)) return;
    if (link.origin !== location.origin || link.target !== "" || "outside" in link.dataset) return;
    if (link.hash !== "" && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.pathname);
  });
}

/** The parts of a path that fill a pattern such as `/zones/:id`; null when it does not fit. Pure. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? "");
    if (part.startsWith(":")) found[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return found;
}
