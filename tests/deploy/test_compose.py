"""What docker-compose.yml promises, as Docker Compose itself understands it."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from dashboards.maps import BOUNDARIES
from mainsight.app.cli import VERBS
from mainsight.app.settings import load_settings
from tests.deploy.sandbox import ROOT, Service, composed, environment, mounts

FILE = ROOT / "docker-compose.yml"
PINNED = re.compile(r"^[a-z0-9./-]+:\d+\.\d+\.\d+$")
RUNNING = {"broker", "influxdb", "grafana", "collect", "forecast", "alarms", "api"}
ONCE = {"influx-init", "backup", "influx"}
ROLES = {"collect", "forecast", "alarms", "api", "simulate"}


def test_it_holds_what_a_utility_runs(services: dict[str, Service]) -> None:
    assert services.keys() == RUNNING | ONCE | {"simulate"}


def test_without_profiles_only_what_runs_for_ever_starts() -> None:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    assert {name for name, service in raw.items() if "profiles" not in service} == RUNNING


def test_images_are_pinned_by_version(services: dict[str, Service]) -> None:
    assert [service["image"] for service in services.values() if not PINNED.match(service["image"])] == []


def test_nothing_is_published_beyond_this_machine(services: dict[str, Service]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert len(published) == 5
    for port in published:
        host = port["host_ip"] if isinstance(port, dict) else port.rsplit(":", 2)[0]
        assert host == "127.0.0.1", port


def test_what_runs_is_watched_and_waits_for_what_it_needs(services: dict[str, Service]) -> None:
    for name in RUNNING:
        assert services[name]["restart"] == "unless-stopped"
        assert services[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] == "service_healthy", (name, needed)
            assert "healthcheck" in services[needed]
    for name in RUNNING - {"broker", "influxdb", "grafana"}:
        assert services[name]["depends_on"].keys() >= {"broker", "influxdb"}


def test_roles_have_no_rights_and_write_nowhere_but_into_their_volume(services: dict[str, Service]) -> None:
    for name in ROLES | {"influx-init", "backup"}:
        role = services[name]
        assert role["read_only"] is True
        assert role["cap_drop"] == ["ALL"]
        assert role["security_opt"] == ["no-new-privileges:true"]
        assert role["tmpfs"] == ["/tmp"]  # noqa: S108 - compared
        assert ("/var/lib/mainsight" in mounts(role)) == (name not in {"simulate", "influx-init"}), "only those that need the state"
        assert "user" not in role, "the image's user is not root (test_image)"


def test_the_broker_has_a_place_for_what_it_writes(services: dict[str, Service]) -> None:
    """Its root is read-only; mosquitto_passwd was seen to fail without a /tmp."""
    assert services["broker"]["read_only"] is True
    assert services["broker"]["tmpfs"] == ["/tmp", "/run/mosquitto:mode=0700"]  # noqa: S108 - compared
    assert mounts(services["broker"])["/mosquitto/data"] == "broker"


def test_no_secret_is_in_the_file_and_none_may_be_missing(secrets: dict[str, str], secrets_file: Path, tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert re.findall(r"^ +\w*(?:PASSWORD|TOKEN|KEY|SECRET)\w*: *(?!\$\{|#)\S+.*$", text, re.MULTILINE) == []
    assert [name for name in secrets if f"${{{name}:?run scripts/secrets}}" not in text] == []
    lacking = tmp_path / "env"
    lacking.write_text(secrets_file.read_text(encoding="utf-8").replace("MQTT_API_PASSWORD=", "ANOTHER="), encoding="utf-8")
    with pytest.raises(AssertionError, match="run scripts/secrets"):
        composed(lacking)


def test_each_service_gets_its_own_secrets_and_no_others(services: dict[str, Service], secrets: dict[str, str]) -> None:
    held = {
        name: {secret for secret, value in secrets.items() if value in environment(service).values()} for name, service in services.items()
    }
    assert held == {
        "broker": {name for name in secrets if name.startswith("MQTT_")},
        "influxdb": {"INFLUX_ADMIN_PASSWORD", "INFLUX_ADMIN_TOKEN"},
        "influx-init": {"INFLUX_ADMIN_TOKEN"},
        "influx": {"INFLUX_ADMIN_TOKEN"},
        "grafana": {"GRAFANA_ADMIN_PASSWORD", "GRAFANA_SECRET_KEY"},
        **{role: {f"MQTT_{role.upper()}_PASSWORD"} for role in ROLES},
        "backup": set(),
    }


def test_tokens_reach_who_needs_them(secrets_file: Path, tmp_path: Path) -> None:
    """Those that `influx init` prints are appended to .env; what comes later in it counts."""
    file = tmp_path / "env"
    tokens = "MAINSIGHT__STORE__INFLUX__TOKEN=old\nMAINSIGHT__STORE__INFLUX__TOKEN=own\nGRAFANA_INFLUX_TOKEN=reads\nGRAFANA_API_KEY=sees\n"
    file.write_text(secrets_file.read_text(encoding="utf-8") + tokens, encoding="utf-8")
    services = composed(file)["services"]
    for name in ("collect", "forecast", "alarms", "api", "backup"):
        assert services[name]["environment"]["MAINSIGHT__STORE__INFLUX__TOKEN"] == "own"
    assert services["grafana"]["environment"]["GRAFANA_INFLUX_TOKEN"] == "reads"
    assert services["grafana"]["environment"]["GRAFANA_API_KEY"] == "sees"
    assert "own" not in services["grafana"]["environment"].values()


def test_alarms_are_pushed_into_grafana_when_the_guide_s_two_lines_are_there(secrets_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "env"
    pushed = "MAINSIGHT__GRAFANA__URL=http://grafana:3000\nMAINSIGHT__GRAFANA__TOKEN=glsa\n"
    file.write_text(secrets_file.read_text(encoding="utf-8") + pushed, encoding="utf-8")
    alarms = composed(file)["services"]["alarms"]
    settings = load_settings(Path(mounts(alarms)["/etc/mainsight/mainsight.yaml"]), environment(alarms))
    assert (settings.grafana.url, settings.grafana.credential()) == ("http://grafana:3000", "glsa")
    without = composed(secrets_file)["services"]["alarms"]
    assert load_settings(Path(mounts(without)["/etc/mainsight/mainsight.yaml"]), environment(without)).grafana.url is None


def test_grafana_serves_the_boundaries_that_its_maps_name(services: dict[str, Service]) -> None:
    boundaries = f"/usr/share/grafana/public/{BOUNDARIES}"
    assert json.loads(Path(mounts(services["grafana"])[boundaries]).read_text(encoding="utf-8"))["type"] == "FeatureCollection"


def test_what_is_mounted_is_there(project: dict[str, Any], services: dict[str, Service]) -> None:
    for name, service in services.items():
        for target, source in mounts(service).items():
            if source.startswith("/"):
                assert Path(source).exists() or target == "/backup", f"{name} mounts {source}, which is not there"
            else:
                assert source in project["volumes"]


@pytest.mark.parametrize("name", sorted(ROLES | {"influx-init"}))
def test_settings_of_a_role_are_understood(services: dict[str, Service], name: str) -> None:
    service = services[name]
    words = service["command"]
    assert words[0] in VERBS
    file = Path(words[words.index("--settings") + 1])
    settings = load_settings(Path(mounts(service)[str(file)]), environment(service))
    assert (settings.store.engine, settings.store.influx.url, settings.broker.host) == ("influxdb", "http://influxdb:8086", "broker")
    assert name == "influx-init" or str(settings.registry) in mounts(service)
    assert name not in {"collect", "forecast", "alarms", "api"} or str(settings.store.state.parent) in mounts(service)


def test_broker_and_influxdb_agree_with_the_settings(services: dict[str, Service]) -> None:
    settings = load_settings(ROOT / "deploy/mainsight.yaml", {})
    made = services["influxdb"]["environment"]
    assert (made["DOCKER_INFLUXDB_INIT_ORG"], made["DOCKER_INFLUXDB_INIT_BUCKET"]) == (
        settings.store.influx.org,
        settings.store.influx.database,
    )
    assert settings.broker.to_session().port == 1883
    assert settings.api.port == 8080


def test_grafana_reaches_what_its_data_sources_name(services: dict[str, Service]) -> None:
    grafana = services["grafana"]
    provisioned = mounts(grafana)["/etc/grafana/provisioning"]
    (file,) = Path(provisioned, "datasources").glob("*.yaml")
    text = file.read_text(encoding="utf-8")
    sources = yaml.safe_load(text)["datasources"]
    settings = load_settings(ROOT / "deploy/mainsight.yaml", {})
    assert {source["type"]: urlsplit(source["url"]).netloc for source in sources} == {
        "influxdb": urlsplit(settings.store.influx.url).netloc,
        "yesoreyeram-infinity-datasource": f"api:{settings.api.port}",
    }
    assert set(re.findall(r"\$\{?(\w+)", text)) <= grafana["environment"].keys()
    plugin, _, version = grafana["environment"]["GF_PLUGINS_PREINSTALL_SYNC"].partition("@")
    assert plugin == "yesoreyeram-infinity-datasource"
    assert re.match(r"^\d+\.\d+\.\d+$", version)
    for provider in yaml.safe_load(Path(provisioned, "dashboards/mainsight.yaml").read_text(encoding="utf-8"))["providers"]:
        assert list(Path(provisioned, Path(provider["options"]["path"]).relative_to("/etc/grafana/provisioning")).glob("*.json"))


def test_logs_do_not_fill_the_disk(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert service["logging"]["driver"] == "local", name
