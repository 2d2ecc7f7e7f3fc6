"""Grafana's data sources: as provisioning files for compose, and as the bodies that are pushed."""

from typing import Any

import yaml

from dashboards.settings import GrafanaSettings
from dashboards.targets import API, INFLUX

_PROVISIONED = "/etc/grafana/provisioning/dashboards/mainsight"
_HEADER = "# Written by `mainsight dashboards build`; do not edit.\n"


def influx_source(
    url: str, database: str, *, token: str | None = None, user: str | None = None, password: str | None = None
) -> dict[str, Any]:
    """InfluxDB in InfluxQL, with a token (2.x, 3) or a user (1.x)."""
    found: dict[str, Any] = {
        "name": "mainsight InfluxDB",
        "uid": INFLUX.uid,
        "type": INFLUX.type_val,
        "access": "proxy",
        "url": url,
        "jsonData": {"version": "InfluxQL", "dbName": database, "httpMode": "POST", "timeInterval": "15s"},
    }
    if token is not None:
        found["jsonData"]["httpHeaderName1"] = "Authorization"
        found["secureJsonData"] = {"httpHeaderValue1": f"Token {token}"}
    elif user is not None:
        found["user"] = user
        found["secureJsonData"] = {"password": password or ""}
    return found


def api_source(url: str, key: str | None) -> dict[str, Any]:
    """Our API through the Infinity data source, with a viewer's key; addresses of queries are joined to its own."""
    found: dict[str, Any] = {
        "name": "mainsight API",
        "uid": API.uid,
        "type": API.type_val,
        "access": "proxy",
        "url": url,
        "jsonData": {
            "auth_method": "none",
            "allowedHosts": [url],
            "timeoutInSeconds": 30,
            "customHealthCheckEnabled": True,
            "customHealthCheckUrl": f"{url}/status",
        },
    }
    if key is not None:
        found["jsonData"]["httpHeaderName1"] = "X-API-Key"
        found["secureJsonData"] = {"httpHeaderValue1": key}
    return found


def pushed(settings: GrafanaSettings, influx_url: str, database: str) -> list[dict[str, Any]]:
    """Bodies of both data sources; `influx_url` is where the store is, unless Grafana reaches it elsewhere."""
    token, password = settings.influx_token, settings.influx_password
    return [
        influx_source(
            settings.influx or influx_url,
            database,
            token=None if token is None else token.get_secret_value(),
            user=settings.influx_user,
            password=None if password is None else password.get_secret_value(),
        ),
        api_source(settings.api, None if settings.api_key is None else settings.api_key.get_secret_value()),
    ]


def provisioning() -> dict[str, str]:
    """Provisioning files for docker-compose.yml by their path: services by their names there, token and key from the environment."""
    sources = [
        influx_source("http://influxdb:8086", "mainsight", token="$GRAFANA_INFLUX_TOKEN"),  # noqa: S106 - a variable's name
        api_source("http://api:8080/api/v1", "$GRAFANA_API_KEY"),
    ]
    provider = {
        "name": "mainsight",
        "folder": "mainsight",
        "folderUid": "mainsight",
        "type": "file",
        "allowUiUpdates": False,
        "updateIntervalSeconds": 60,
        "options": {"path": _PROVISIONED},
    }
    return {
        "datasources/mainsight.yaml": _HEADER + _yaml({"apiVersion": 1, "datasources": sources}),
        "dashboards/mainsight.yaml": _HEADER + _yaml({"apiVersion": 1, "providers": [provider]}),
    }


def _yaml(data: object) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
