import type { ComponentType } from "preact";
import type { Key } from "../i18n/text";
import { matchPath } from "../route-match";
import type { Role } from "../state/rights";
import { AlarmsPage } from "./alarms/alarms-page";
import { AssetPage } from "./asset/asset-page";
import { MeterPage } from "./meter/meter-page";
import { OverviewPage } from "./overview/overview-page";
import { ZonePage } from "./zone/zone-page";

interface Page {
  pattern: string;
  title: Extract<Key, `page.${string}`>;
  /** The least role for which the menu leads to it; null: links alone do. */
  menu: Role | null;
  // biome-ignore lint/suspicious/noExplicitAny: each page takes the parts its own pattern names
  show: ComponentType<any>;
}

/** Every page of the console. To add one, add a line. */
export const PAGES: readonly Page[] = [
  { pattern: "/", title: "page.overview", menu: "viewer", show: OverviewPage },
  { pattern: "/alarms", title: "page.alarms", menu: "viewer", show: AlarmsPage },
  { pattern: "/alarms/:rule/:asset", title: "page.alarms", menu: null, show: AlarmsPage },
  { pattern: "/zones/:zone", title: "page.zone", menu: null, show: ZonePage },
  { pattern: "/asset/:asset", title: "page.asset", menu: null, show: AssetPage },
  { pattern: "/meters/:meter", title: "page.meter", menu: null, show: MeterPage },
  { pattern: "/meters/:meter/:quantity", title: "page.meter", menu: null, show: MeterPage },
];

export function findPage(path: string): { page: Page; parts: Record<string, string> } | null {
  for (const page of PAGES) {
    const parts = matchPath(page.pattern, path);
    if (parts) return { page, parts };
  }
  return null;
}
