"""All dashboards of a province as JSON, and their files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.boards import alarms, capacity, forecast, ingest, meter, overview, substations, water, zone
from dashboards.maps import BOUNDARIES, boundaries
from dashboards.sources import provisioning
from mainsight.core.network import Network

PROVISIONING = Path(__file__).parent / "provisioning"
"""What compose mounts into Grafana: data sources, the provider, and dashboards of the sample province."""
_FOLDER = "dashboards/mainsight"
CONSOLE = "http://127.0.0.1:8080"
"""Where links lead unless another address is given: the console of `mainsight demo` and `serve` on the same machine."""


def build_all(network: Network, console: str = CONSOLE) -> dict[str, dict[str, Any]]:
    """Build every dashboard.

    Args:
        network: the registry; its zones, meters and capacities go into queries and thresholds.
        console: address of the console, for links.

    Returns:
        Name (also of its file) -> classic dashboard JSON, schema version 42.

    Raises:
        ValueError: a zone's id is too long for Grafana.

    """
    boards = [
        overview.build(network, console),
        *(zone.build(network, one, console) for one in network.zones.values()),
        substations.build(network, console),
        water.build(network, console),
        forecast.build(network, console),
        capacity.build(network, console),
        alarms.build(network, console),
        meter.build(network, console),
        ingest.build(network, console),
    ]
    return {board.name: _tidied(json.loads(json.dumps(board.build(), cls=JSONEncoder))) for board in boards}


def _tidied(dashboard: dict[str, Any]) -> dict[str, Any]:
    """Mend what the SDK writes of links: it puts a dashboard's into a menu, and gives data links keys of a dashboard's."""
    for link in dashboard["links"]:
        del link["placement"]
    for panel in dashboard["panels"]:
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        if "links" in defaults:
            defaults["links"] = [{key: link[key] for key in ("title", "url", "targetBlank")} for link in defaults["links"]]
    return dashboard


def files(network: Network, dashboards: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """All files of the provisioning folder by path: dashboards, their provider, data sources, boundaries of the map."""
    return (
        provisioning()
        | {BOUNDARIES: boundaries(network)}
        | {f"{_FOLDER}/{name}.json": text(dashboard) for name, dashboard in dashboards.items()}
    )


def text(dashboard: Mapping[str, Any]) -> str:
    """A dashboard as it stands in its file."""
    return json.dumps(dashboard, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def differences(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """Paths in a folder that are missing, left over (dashboards alone) or hold something else."""
    there = {f"{_FOLDER}/{file.name}" for file in (folder / _FOLDER).glob("*.json")}
    return sorted(path for path in there | wanted.keys() if wanted.get(path) != _read(folder / path))


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def write(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """Bring a folder to what is wanted; gives the paths that changed."""
    changed = differences(wanted, folder)
    for path in changed:
        file = folder / path
        if path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[path], encoding="utf-8")
        else:
            file.unlink()
    return changed


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Dashboards of a provisioning folder by name."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted((folder / _FOLDER).glob("*.json"))}
