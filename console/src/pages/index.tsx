import type { ComponentType } from "preact";
import type { Key } from "../i18n/text";
import { matchPath } from "../route-match";
import { AlarmsPage } from "./alarms/alarms-page";
import { AssetPage } from "./asset/asset-page";
import { MeterPage } from "./meter/meter-page";
import { OverviewPage } from "./overview/overview-page";
import { ZonePage } from "./zone/zone-page";

interface Page {
  pattern: string;
  title: Extract<Key, `page.${string}`>;
  /** Whether the menu leads to it. */
  menu: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: each page takes the parts its own pattern names
  show: ComponentType<any>;
}

/** Every page of the console. To add one, add a line. */
export const PAGES: readonly Page[] = [
  { pattern: "/", title: "page.overview", menu: true, show: OverviewPage },
  { pattern: "/alarms", title: "page.alarms", menu: true, show: AlarmsPage },
  { pattern: "/alarms/:rule/:asset", title: "page.alarms", menu: false, show: AlarmsPage },
  { pattern: "/zones/:zone", title: "page.zone", menu: false, show: ZonePage },
  { pattern: "/asset/:asset", title: "page.asset", menu: false, show: AssetPage },
  { pattern: "/meters/:meter", title: "page.meter", menu: false, show: MeterPage },
  { pattern: "/meters/:meter/:quantity", title: "page.meter", menu: false, show: MeterPage },
];

export function findPage(path: string): { page: Page; parts: Record<string, string> } | null {
  for (const page of PAGES) {
    const parts = matchPath(page.pattern, path);
    if (parts) return { page, parts };
  }
  return null;
}
