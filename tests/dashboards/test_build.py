"""The provisioning folder is what the registry gives, and what the registry says is what panels show."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.catalogue import PROVISIONING, build_all, differences, files, read, write
from mainsight.app.cli import main
from mainsight.core.capacity import capacity
from mainsight.core.network import Network, Utility

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"


def panel(dashboard: dict[str, Any], title: str) -> dict[str, Any]:
    return next(panel for panel in dashboard["panels"] if panel["title"] == title)


def lines_of(dashboard: dict[str, Any], title: str) -> list[float]:
    return [step["value"] for step in panel(dashboard, title)["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]]


def test_the_folder_is_up_to_date(sample: Network) -> None:
    assert differences(files(sample, build_all(sample)), PROVISIONING) == [], "run `mainsight dashboards build`"


def test_building_again_changes_nothing_and_what_is_left_over_goes(sample: Network, tmp_path: Path) -> None:
    wanted = files(sample, build_all(sample))
    assert sorted(write(wanted, tmp_path)) == sorted(wanted)
    assert write(wanted, tmp_path) == []
    (tmp_path / "dashboards/mainsight/zone-gone.json").write_text("{}", encoding="utf-8")
    assert write(wanted, tmp_path) == ["dashboards/mainsight/zone-gone.json"]
    assert read(tmp_path) == build_all(sample)


def test_the_command_builds_checks_and_lints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboards", "build", "--check", "--out", str(tmp_path)]) == 1
    assert main(["dashboards", "build", "--out", str(tmp_path)]) == 0
    assert main(["dashboards", "build", "--check", "--out", str(tmp_path)]) == 0
    assert main(["dashboards", "lint"]) == 0
    assert "nothing wrong" in capsys.readouterr().out


def test_limits_come_from_the_registry(sample: Network) -> None:
    """The lines of a zone's demand are its capacities; another transformer moves them."""
    noon = 1_793_534_400_000  # 2026-11-01T12:00Z, the registry's date
    found = capacity(sample, "quang-chau", Utility.POWER, noon)
    dashboard = build_all(sample)["zone-quang-chau"]
    assert lines_of(dashboard, "Demand and forecast, power") == pytest.approx([found.limit * 900, found.rated * 900])
    water = capacity(sample, "quang-chau", Utility.WATER, noon)
    assert lines_of(dashboard, "Demand and forecast, water") == pytest.approx([water.limit, water.rated])
    larger = replace(sample, transformers=sample.transformers | {"qc-t2": replace(sample.transformers["qc-t2"], rated_mva=100)})
    moved = lines_of(build_all(larger)["zone-quang-chau"], "Demand and forecast, power")
    assert moved[1] == pytest.approx((found.rated + 37) * 900)


def test_the_band_of_a_forecast_reaches_from_p90_down_to_p10(dashboards: dict[str, dict[str, Any]]) -> None:
    overrides = panel(dashboards["zone-quang-chau"], "Demand and forecast, power")["fieldConfig"]["overrides"]
    properties = {o["matcher"]["options"]: {p["id"]: p["value"] for p in o["properties"]} for o in overrides}
    assert properties["P90"]["custom.fillBelowTo"] == "P10"
    assert properties["P50"]["custom.lineStyle"]["fill"] == "dash"


def test_links_lead_to_the_console_that_is_named(sample: Network) -> None:
    found = build_all(sample, "https://console.example")["overview"]
    [console] = [variable for variable in found["templating"]["list"] if variable["name"] == "console"]
    assert console["current"]["value"] == "https://console.example"
    assert panel(found, "Balance of power")["fieldConfig"]["defaults"]["links"][0]["url"] == "${console}/"


def test_a_zone_whose_id_grafana_cannot_hold_is_told(sample: Network) -> None:
    long = "a" * 40
    with pytest.raises(ValueError, match="shorter id"):
        build_all(replace(sample, zones={long: replace(sample.zones["hoa-phu"], id=long)}))


def test_provisioning_fits_compose() -> None:
    """Names of services, the folder that is mounted and the token's variable are those of docker-compose.yml."""
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    sources = yaml.safe_load((PROVISIONING / "datasources/mainsight.yaml").read_text(encoding="utf-8"))["datasources"]
    [provider] = yaml.safe_load((PROVISIONING / "dashboards/mainsight.yaml").read_text(encoding="utf-8"))["providers"]
    hosts = {source["url"].split("//")[1].split(":")[0] for source in sources}
    assert hosts <= services.keys()
    assert "./dashboards/provisioning:/etc/grafana/provisioning:ro" in services["grafana"]["volumes"]
    assert (PROVISIONING / Path(provider["options"]["path"]).relative_to("/etc/grafana/provisioning")).is_dir()
    [token] = [s["secureJsonData"]["httpHeaderValue1"] for s in sources if s["type"] == "influxdb"]
    assert token.removeprefix("Token $") in services["grafana"]["environment"]
    plugin = services["grafana"]["environment"]["GF_PLUGINS_PREINSTALL_SYNC"]
    assert {s["type"] for s in sources} == {"influxdb", plugin.split("@")[0]}
