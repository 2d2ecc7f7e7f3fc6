import { render } from "preact";
import { askAhead } from "./api/client";
import { App } from "./app";
import { findPage } from "./pages";
import { startRouter } from "./router";
import { startClock } from "./state/clock";
import { applyPreferences } from "./state/preferences";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/widgets.css";
import "./styles/overview.css";
import "./styles/zone.css";
import "./styles/alarms.css";
import "./styles/chart.css";
import "./styles/meter.css";
import "./styles/pages.css";
import "./styles/print.css";

applyPreferences();
startRouter();
startClock();
// The first answers are on their way while the page is built: each asked after the other, they take as long as all together.
askAhead(["/me", "/province", ...(findPage(location.pathname)?.calls ?? [])]);
const host = document.getElementById("app");
if (host) render(<App />, host);
