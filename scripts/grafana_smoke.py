"""See scripts/grafana-smoke."""

import argparse
import sys
import time
from pathlib import Path

from dashboards.catalogue import build_all
from dashboards.client import GrafanaError, connect
from dashboards.push import Push
from dashboards.smoke import smoke
from dashboards.sources import pushed
from mainsight.app.settings import load_settings_or_exit
from mainsight.registry.reading import load_network

MAY_BE_EMPTY = ("Open alarms", "Open alarms of the zone", "Supply orders", "Silent meters", "Unknown devices", "Quarantine")


def main() -> int:
    """Check; exit code 1 when something is not well."""
    parser = argparse.ArgumentParser(description="Ask a real Grafana everything that mainsight's dashboards ask.")
    parser.add_argument("--settings", type=Path, metavar="FILE")
    parser.add_argument("--push", action="store_true", help="push dashboards first")
    parser.add_argument(
        "--allow-empty", nargs="*", default=[], metavar="TITLE", help="panels that may have nothing to show, besides lists of events"
    )
    args = parser.parse_args()
    settings = load_settings_or_exit(args.settings)
    if settings.grafana.url is None:
        print("set MAINSIGHT__GRAFANA__URL and MAINSIGHT__GRAFANA__TOKEN", file=sys.stderr)
        return 2
    network = load_network(settings.registry)
    built = build_all(network, settings.grafana.console)
    try:
        with connect(settings.grafana) as grafana:
            if args.push:
                sources = pushed(settings.grafana, settings.store.influx.url, settings.store.influx.database)
                print("\n".join(Push(grafana, settings.grafana).everything(sources, built, network.supply_orders.values())))
            steps = list(smoke(grafana, settings.grafana, built, int(time.time() * 1000), {*MAY_BE_EMPTY, *args.allow_empty}))
    except GrafanaError as error:
        print(error, file=sys.stderr)
        return 1
    bad = [what for well, what in steps if not well]
    print("\n".join(f"NOT WELL  {what}" for what in bad))
    print(f"{len(steps) - len(bad)} of {len(steps)} checks are well")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
