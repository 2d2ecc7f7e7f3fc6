import { base } from "./base";
import { devices } from "./devices";
import { forecasts } from "./forecasts";
import { machine } from "./machine";
import { meters } from "./meters";
import { people } from "./people";
import { settings } from "./settings";

/** English messages, and by their keys the list of all messages. */
export const en = { ...base, ...devices, ...forecasts, ...machine, ...meters, ...people, ...settings } as const;
