import { range, rangeOf, searchOf } from "./state/range";
import { Store } from "./state/store";

/** Path of the page that is shown. */
export const route = new Store<string>(location.pathname);

/** Go to a page of ours; the date range goes along. */
export function go(path: string): void {
  if (path === route.value) return;
  history.pushState(null, "", path + searchOf(range.value));
  route.set(path);
  scrollTo(0, 0);
}

const opensElsewhere = (event: MouseEvent) =>
  event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

/** Keep the address and the range of every chart in step. */
function startRange(): void {
  const take = () => range.set(rangeOf(location.search) ?? range.value);
  take();
  range.watch(() => {
    const wanted = searchOf(range.value);
    if (location.search !== wanted) history.pushState(null, "", location.pathname + wanted + location.hash);
  });
  addEventListener("popstate", take);
}

/** Follow links to our own pages without loading the document again; `data-outside` marks those the server answers. */
export function startRouter(): void {
  startRange();
  addEventListener("popstate", () => route.set(location.pathname));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || opensElsewhere(event)) return;
    if (link.origin !== location.origin || link.target !== "" || "outside" in link.dataset) return;
    if (link.hash !== "" && link.pathname === location.pathname) return;
    event.preventDefault();
    const asked = rangeOf(link.search);
    if (asked) range.set(asked);
    go(link.pathname);
  });
}
