"""`mainsight dashboards build | lint | push`: Grafana's dashboards from the registry."""

import argparse
import sys
from pathlib import Path

from dashboards.catalogue import PROVISIONING, build_all, differences, files, write
from dashboards.client import GrafanaError, connect
from dashboards.lint import lint
from dashboards.push import Push
from dashboards.sources import pushed
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.core.network import Network
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="write the provisioning folder that compose mounts into Grafana")
    build.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the folder is not up to date")
    build.add_argument("--out", type=Path, default=PROVISIONING, metavar="DIR", help="the folder (default: dashboards/provisioning)")
    checked = actions.add_parser("lint", help="look for what would be wrong in any Grafana")
    push = actions.add_parser("push", help="bring folder, data sources, dashboards and supply orders into the Grafana of grafana.url")
    for action in (build, checked, push):
        action.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    settings = load_settings_or_exit(args.settings)
    try:
        network = load_network(settings.registry)
        if args.action == "push":
            return _push(settings, network)
        dashboards = build_all(network, settings.grafana.console)
    except (ProblemsError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if args.action == "lint":
        wrong = lint(dashboards)
        print("\n".join(wrong) if wrong else f"{len(dashboards)} dashboards: nothing wrong")
        return 1 if wrong else 0
    return _build(files(network, dashboards), args.out, check=args.check)


def _build(wanted: dict[str, str], folder: Path, *, check: bool) -> int:
    changed = differences(wanted, folder) if check else write(wanted, folder)
    for path in changed:
        print(f"{folder / path}: {'not up to date' if check else 'written' if path in wanted else 'removed'}")
    if check and changed:
        print("run `mainsight dashboards build`", file=sys.stderr)
        return 1
    print(f"{len(wanted)} files, {len(changed)} {'to change' if check else 'changed'}")
    return 0


def _push(settings: Settings, network: Network) -> int:
    grafana = settings.grafana
    if grafana.url is None:
        print("grafana.url is not set: say where Grafana is (MAINSIGHT__GRAFANA__URL) and how to log in", file=sys.stderr)
        return 2
    sources = pushed(grafana, settings.store.influx.url, settings.store.influx.database)
    dashboards = build_all(network, grafana.console)
    try:
        with connect(grafana) as client:
            done = Push(client, grafana).everything(sources, dashboards, network.supply_orders.values())
    except GrafanaError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(done))
    return 0
