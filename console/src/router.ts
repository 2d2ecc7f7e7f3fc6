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
