"""What grafana-client sends, to a stub that holds us to Grafana's HTTP API."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.client import GrafanaError, GrafanaUnavailableError, connect
from dashboards.push import Push
from dashboards.settings import GrafanaSettings
from dashboards.sources import pushed
from mainsight.app.cli import main
from mainsight.core.network import Network
from tests.dashboards.stub import TOKEN, Stub, grafana


@pytest.fixture(params=["", "/grafana"])
def stub(request: pytest.FixtureRequest) -> Iterator[Stub]:
    with grafana(request.param) as server:
        yield server


def settings(stub: Stub, **more: Any) -> GrafanaSettings:
    return GrafanaSettings.model_validate({"url": stub.url, "token": TOKEN} | more)


def push(stub: Stub, dashboards: dict[str, dict[str, Any]], network: Network, **more: Any) -> list[str]:
    chosen = settings(stub, **more)
    sources = pushed(chosen, "http://influx.local:8086", "mainsight")
    with connect(chosen) as client:
        return Push(client, chosen).everything(sources, dashboards, network.supply_orders.values())


def test_everything_arrives_and_again_changes_nothing(stub: Stub, dashboards: dict[str, dict[str, Any]], network: Network) -> None:
    done = push(stub, dashboards, network)
    assert stub.dashboards.keys() == {dashboard["uid"] for dashboard in dashboards.values()}
    assert sum(line.endswith(": made") for line in done) == len(dashboards) + 3
    assert {tag for one in stub.annotations for tag in one["tags"] if tag.startswith("order:")} == {
        f"order:{o}" for o in network.supply_orders
    }
    stub.writes.clear()
    again = push(stub, dashboards, network)
    assert sum(line.endswith(": unchanged") for line in again) == len(dashboards)
    assert all(write.startswith("PUT /api/datasources/uid/") for write in stub.writes), (
        "secrets cannot be compared; nothing else is written"
    )
    assert len(stub.annotations) == len(network.supply_orders)
    assert {one["dashboard"]["version"] for one in stub.dashboards.values()} == {1}


def test_what_changed_is_written_and_what_is_built_no_longer_goes(
    stub: Stub, dashboards: dict[str, dict[str, Any]], network: Network
) -> None:
    push(stub, dashboards, network)
    fewer = {name: dashboard for name, dashboard in dashboards.items() if name != "zone-hoa-phu"}
    fewer["overview"] = fewer["overview"] | {"title": "Another title"}
    done = push(stub, fewer, network)
    assert "dashboard Another title: changed" in done
    assert [line for line in done if "deleted" in line] == [
        f"dashboard {dashboards['zone-hoa-phu']['title']}: deleted, it is built no longer"
    ]
    assert "mainsight-zone-hoa-phu" not in stub.dashboards


def test_dashboards_of_others_stay(stub: Stub, dashboards: dict[str, dict[str, Any]], network: Network) -> None:
    push(stub, dashboards, network)
    stub.dashboards["theirs"] = {
        "dashboard": {"title": "Theirs", "tags": ["mainsight"], "uid": "theirs"},
        "meta": {"folderUid": "mainsight"},
    }
    push(stub, dashboards, network)
    assert "theirs" in stub.dashboards


def test_credentials_of_influxdb_are_grafanas_own(stub: Stub, network: Network) -> None:
    push(stub, {}, network, influx_token="read-only")
    assert stub.sources["mainsight-influxdb"]["secureJsonData"] == {"httpHeaderValue1": "Token read-only"}
    push(stub, {}, network, influx_user="mainsight-grafana", influx_password="pw", influx="http://elsewhere:8086")
    source = stub.sources["mainsight-influxdb"]
    assert (source["user"], source["secureJsonData"], source["url"]) == ("mainsight-grafana", {"password": "pw"}, "http://elsewhere:8086")


def test_failures_say_what_was_done_and_what_to_mend(stub: Stub, network: Network) -> None:
    with pytest.raises(GrafanaError, match=r"looking for the folder.*check grafana\.token"):
        push(stub, {}, network, token="wrong")
    stub.fail_with = 503
    with pytest.raises(GrafanaUnavailableError, match="failing as told"):
        push(stub, {}, network)
    with pytest.raises(GrafanaUnavailableError, match=r"127\.0\.0\.1:9"):
        push(stub, {}, network, url="http://127.0.0.1:9")


def test_the_command_pushes(stub: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboards", "push"]) == 2
    assert "grafana.url is not set" in capsys.readouterr().err
    monkeypatch.setenv("MAINSIGHT__GRAFANA__URL", stub.url)
    monkeypatch.setenv("MAINSIGHT__GRAFANA__TOKEN", TOKEN)
    assert main(["dashboards", "push"]) == 0
    assert "dashboard Province overview: made" in capsys.readouterr().out
    stub.fail_with = 403
    assert main(["dashboards", "push"]) == 1


def test_settings_without_a_way_in_are_refused() -> None:
    with pytest.raises(ValueError, match=r"give grafana\.token"):
        GrafanaSettings(url="http://127.0.0.1:3000")
