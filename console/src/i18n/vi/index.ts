import type { Key } from "../words";
import { base } from "./base";
import { devices } from "./devices";
import { forecasts } from "./forecasts";
import { machine } from "./machine";
import { meters } from "./meters";
import { people } from "./people";
import { settings } from "./settings";

/** Vietnamese messages. */
export const vi: Record<Key, string> = {
  ...base,
  ...devices,
  ...forecasts,
  ...machine,
  ...meters,
  ...people,
  ...settings,
};
