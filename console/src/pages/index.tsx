import type { ComponentType } from "preact";
import { path } from "../api/client";
import { callsOfZone } from "../charts/demand-chart";
import type { Key } from "../i18n/text";
import { matchPath } from "../route-match";
import { has, hasSomewhere, type Me } from "../state/rights";
import { lazy } from "../widgets/lazy";
import { AlarmsPage } from "./alarms/alarms-page";
import { AssetPage } from "./asset/asset-page";
import { MeterPage } from "./meter/meter-page";
import { OverviewPage } from "./overview/overview-page";
import { ZonePage } from "./zone/zone-page";

interface Page {
  pattern: string;
  title: Extract<Key, `page.${string}`>;
  /** Whom the menu leads to it; null: links alone do. */
  menu: ((who: Me | null) => boolean) | null;
  /** Calls that the page begins with, where asking for them ahead saves a wait. */
  first?: (parts: Record<string, string>) => string[];
  // biome-ignore lint/suspicious/noExplicitAny: each page takes the parts its own pattern names
  show: ComponentType<any>;
}

/** Pages that not everybody opens first come when they are asked for. */
const AlarmsMorePage = lazy(() => import("./alarms/more-page").then((page) => page.AlarmsMorePage));
const DevicesPage = lazy(() => import("./devices/devices-page").then((page) => page.DevicesPage));
const ForecastsPage = lazy(() => import("./forecasts/forecasts-page").then((page) => page.ForecastsPage));
const SettingsPage = lazy(() => import("./settings/settings-page").then((page) => page.SettingsPage));

const firstOfZone = ({ zone = "" }) => [path("zones", zone), ...callsOfZone(zone)];

const readers = (who: Me | null) => hasSomewhere(who, "viewer");
const readersOfAll = (who: Me | null) => has(who, "viewer");

/** Every page of the console. To add one, add a line. */
export const PAGES: readonly Page[] = [
  { pattern: "/", title: "page.overview", menu: readers, show: OverviewPage, first: () => ["/overview"] },
  { pattern: "/alarms", title: "page.alarms", menu: readers, show: AlarmsPage },
  { pattern: "/alarms/:part", title: "page.alarms", menu: null, show: AlarmsMorePage },
  { pattern: "/alarms/:rule/:asset", title: "page.alarms", menu: null, show: AlarmsPage },
  { pattern: "/forecasts", title: "page.forecasts", menu: readers, show: ForecastsPage },
  { pattern: "/forecasts/:target/:quantity", title: "page.forecasts", menu: null, show: ForecastsPage },
  { pattern: "/devices", title: "page.devices", menu: readersOfAll, show: DevicesPage },
  { pattern: "/devices/:part", title: "page.devices", menu: null, show: DevicesPage },
  { pattern: "/settings", title: "page.settings", menu: readersOfAll, show: SettingsPage },
  { pattern: "/settings/:part", title: "page.settings", menu: null, show: SettingsPage },
  { pattern: "/settings/:part/:item", title: "page.settings", menu: null, show: SettingsPage },
  {
    pattern: "/zones/:zone",
    title: "page.zone",
    menu: null,
    show: ZonePage,
    first: firstOfZone,
  },
  { pattern: "/asset/:asset", title: "page.asset", menu: null, show: AssetPage },
  { pattern: "/meters/:meter", title: "page.meter", menu: null, show: MeterPage },
  { pattern: "/meters/:meter/:quantity", title: "page.meter", menu: null, show: MeterPage },
];

interface Found {
  page: Page;
  parts: Record<string, string>;
  /** What the page will ask for first. */
  calls: string[];
}

export function findPage(address: string): Found | null {
  for (const page of PAGES) {
    const parts = matchPath(page.pattern, address);
    if (parts) return { page, parts, calls: page.first?.(parts) ?? [] };
  }
  return null;
}
