"""Examples of the API's description: each is what was sent or what came, short, and fits its schema.

After a change that is meant: UPDATE_GOLDEN=1 scripts/test tests/api/test_examples.py tests/api/test_openapi.py
"""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import orjson
import pytest
import yaml

from api.application import create
from api.examples import examples
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.device_port import DeviceHealth
from mainsight.store.people_port import User
from mainsight.store.state_port import Quarantined, UnknownDevice
from tests.api.conftest import NOW, Bench
from tests.api.people import HASH
from tests.api.test_duty import SETTINGS
from tests.api.unseen import UNSEEN

pytestmark = pytest.mark.anyio
FILE = Path(__file__).parents[2] / "api" / "examples.json"
LONGEST = 2
"""Items shown of a list: an example tells what an answer looks like, not all of it."""
SECRETS = {"password": "kfm3-9wtb-x2np-h7cz", "key": "ms_5d1f9c02_...", "csrf": "6f0c...", "code": "q8Zr..."}
ALARM, METER, FEEDER = "/alarms/pressure-low/qc-dma-1-point", "qc-471-main", "qc-471"
DAY = f"start_ms={NOW - 24 * HOUR_MS}&end_ms={NOW}"
MIDNIGHT = NOW - 10 * HOUR_MS  # in Bac Ninh
SLOT = NOW - 4 * HOUR_MS
WHY = {"reason": "Read from the meter's display"}
RULES = 'rules:\n  - topic: site/{hall}/meters\n    device: "{hall}"\n    fields:\n      P: {quantity: power, unit: W}\n'
OUTAGE = {"asset": FEEDER, "start_ms": NOW + HOUR_MS, "end_ms": NOW + 3 * HOUR_MS, "reason": {"vi": "Bảo trì", "en": "Maintenance"}}
STAND_IN = {"rota": "room", "target": "boss", "start_ms": NOW, "end_ms": NOW + 12 * HOUR_MS, "reason": "Ill"}
READS = (
    "/province /overview /zones/quang-chau /headroom?zone=quang-chau /assets?zone=quang-chau /meters?zone=quang-chau /alarms /rules "
    f"/assets/{FEEDER} /meters/{METER} /incidents /alarm-metrics /planned-outages /duty /devices /devices/unknown /quarantine "
    "/quarantine/groups /mappings /me /users /keys /audit /status /health /outlook?utility=power /edits /forecasts/scores/targets "
    f"/demand?asset=quang-chau&utility=power&{DAY} /meters/{METER}/readings?quantity=power&{DAY} /calendar?zone=quang-chau&{DAY} "
    f"/meters/{METER}/values?quantity=power&{DAY} /meters/{METER}/changes {ALARM} /rules/pressure-low "
    "/forecasts?target=quang-chau&quantity=power /forecasts/issues?target=quang-chau&quantity=power "
    "/forecasts/accuracy?target=quang-chau&quantity=power /forecasts/peaks?target=quang-chau&quantity=power "
    "/forecasts/scores?target=quang-chau&quantity=power /forecasts/exceedance?target=quang-chau&quantity=power"
).split()


async def writes(bench: Bench) -> list[tuple[str, str, Any]]:
    """Calls that change something, in an order in which each can be done; `{}` in a path is the id that the call before gave."""
    rule = (await bench.client.get("/api/v1/rules/pressure-low")).json()["definition"]
    tried = {"text": yaml.safe_dump({"rules": [rule | {"id": "tried", "on_delay_s": 0}]}), "start_ms": NOW - HOUR_MS, "end_ms": NOW}
    edit = {"quantity": "power", "start_ms": SLOT, "end_ms": SLOT + 1_800_000, "action": "set", "value": 950.0, **WHY}
    exchange = {"from_ms": MIDNIGHT, "factor": 120.0, "reason": "The current transformers were changed"}
    tenant = {"mw": 4.5, "start": "2026-11-22", "shape": "as_target"}
    application = {"zone": "quang-chau", "mw": 12.0, "date": "2027-03-01", "probability": 0.7}
    return [
        ("post", f"{ALARM}/acknowledge", {"comment": "Pump 2 checked, valve opened"}),
        ("post", f"{ALARM}/shelve", {"reason": "Being repaired", "hours": 2}),
        ("post", f"{ALARM}/unshelve", {"comment": "Repaired"}),
        ("post", f"{ALARM}/out-of-service", {"reason": "The sensor is being changed"}),
        ("post", "/duty/stand-ins", STAND_IN),
        ("post", "/duty/test-page", None),
        ("post", "/planned-outages", OUTAGE),
        ("post", "/rules/check", {"text": tried["text"]}),
        ("post", "/rules/try", tried),
        ("put", "/rules/pressure-low", {"definition": rule | {"respond_within_min": 20}, "version": 0}),
        ("post", "/rules/feeder-load-high/switch", {"on": False}),
        ("post", f"/meters/{METER}/edits", edit),
        ("post", "/edits/{id}/undo", {"reason": "It was right after all"}),
        ("post", f"/meters/{METER}/changes/preview", exchange),
        ("post", f"/meters/{METER}/changes", exchange),
        ("post", "/mappings/try", {"rules": RULES, "last": 500, "saved": True}),
        ("put", "/mappings", {"rules": RULES, "version": 0}),
        ("post", "/quarantine/replay", {"reason": "unknown_format", "device": None}),
        ("post", "/devices/adopt", {"device": "PM-7", "meter": METER}),
        ("post", "/forecasts/what-if", {"target": "quang-chau", "quantity": "power", "tenants": [tenant]}),
        ("post", "/outlook?utility=power", {"applications": [application], "projects": []}),
        ("post", "/users", {"name": "lan", "full_name": "Nguyen Thi Lan", "roles": {"*": "viewer", "quang-chau": "operator"}}),
        ("patch", "/users/lan", {"full_name": "Nguyen Lan", "roles": {"quang-chau": "planner"}}),
        ("post", "/keys", {"name": "grafana", "role": "viewer", "zones": [], "days": 365}),
    ]


UNSENT: dict[str, Any] = {
    **UNSEEN,
    "SignIn": {"name": "lan", "password": SECRETS["password"]},
    "SignInByCode": {"code": SECRETS["code"]},
    "NewPassword": {"old": SECRETS["password"], "new": "seven green buffaloes"},
    "Drivers": {"issue_ms": NOW, "unit": "kW", "time_ms": [NOW], "level": 61_200.5, "calendar": [8_150.2], "recent": [-420.7]},
}
"""Bodies with a secret, and an answer that needs more history than the tests' province has."""


@pytest.fixture
async def asked(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """A province with devices, people on duty and messages that wait; everything is asked by an administrator."""
    state = bench.services.state
    await state.save_user(User("admin", "", {"*": "administrator"}, HASH, NOW))
    await state.note_unknown([UnknownDevice("PM-7", "site/hall-2/meters", NOW - 60_000, NOW, 12, "plain_json", ("power",))])
    await state.quarantine([Quarantined("site/hall-2/meters", b'{"P": 41500}', "unknown_format", NOW - 5_000)])
    await state.save_health([DeviceHealth("QC-471", "mainsight/qc-471", "plain_json", NOW - 10**6, NOW - 4_000, 200, 5.0, 5.0, -200)])
    app = create(replace(bench.services, alarm_settings=SETTINGS), bench.live)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test/api/v1", headers=bench.as_("administrator")
    ) as client:
        yield client


def short(value: Any, name: str = "") -> Any:
    """A value with lists cut and secrets put out of sight."""
    if isinstance(value, dict):
        return {key: short(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [short(inner) for inner in value[:LONGEST]]
    return SECRETS[name] if name in SECRETS and isinstance(value, str) else value


def schema_of(content: dict[str, Any]) -> str | None:
    found = content.get("application/json", {}).get("schema", {}).get("$ref")
    return None if found is None else found.rpartition("/")[2]


class Names:
    """Names of the schemas of what is sent and answered, by call."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._paths = [(path.removeprefix("/api/v1").split("/"), operations) for path, operations in described["paths"].items()]

    def operation(self, method: str, path: str) -> dict[str, Any]:
        parts = path.partition("?")[0].split("/")
        fits = [
            (t, o) for t, o in self._paths if len(t) == len(parts) and all(a == b or a[:1] == "{" for a, b in zip(t, parts, strict=True))
        ]
        best = max((found for found in fits if method in found[1]), key=lambda found: sum(part[:1] != "{" for part in found[0]))
        return best[1][method]  # type: ignore[no-any-return]

    def sent(self, method: str, path: str) -> str | None:
        return schema_of(self.operation(method, path).get("requestBody", {}).get("content", {}))

    def answered(self, method: str, path: str, status: int) -> str | None:
        return schema_of(self.operation(method, path)["responses"][str(status)].get("content", {}))


async def test_every_example_is_what_was_sent_or_came(bench: Bench, asked: httpx.AsyncClient) -> None:
    names = Names((await bench.client.get("/api/openapi.json")).json())
    seen: dict[str, Any] = dict(UNSENT)
    given: Any = {}
    for method, path, body in await writes(bench):
        answer = await asked.request(method.upper(), path.format(id=given.get("id")), json=body)
        assert answer.is_success, (method, path, answer.text)
        given = answer.json() if answer.content else {}
        sent, answered = names.sent(method, path), names.answered(method, path, answer.status_code)
        seen |= {name: short(value) for name, value in ((sent, body), (answered, given)) if name is not None}
    for path in READS:
        answer = await asked.get(path)
        assert answer.is_success, (path, answer.text)
        name = names.answered("get", path, 200)
        assert name is not None, path
        seen[name] = short(answer.json())
    if os.environ.get("UPDATE_GOLDEN"):
        FILE.write_bytes(orjson.dumps(seen, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
        examples.cache_clear()
    assert seen.keys() == examples().keys(), "UPDATE_GOLDEN=1 writes the file again, when the change is meant"


async def test_every_field_and_every_parameter_shows_what_it_may_hold(bench: Bench) -> None:
    """But fields that are null in all examples, and parameters that depend on a page before."""
    described = (await bench.client.get("/api/openapi.json")).json()
    schemas = {
        name: schema for name, schema in described["components"]["schemas"].items() if not name.startswith(("Problem", "HTTP", "Val"))
    }
    fields = [(name, key, field) for name, schema in schemas.items() for key, field in schema.get("properties", {}).items()]
    shown = [(name, key) for name, key, field in fields if "examples" in field or "$ref" in str(field) or field.keys() & {"enum", "const"}]
    assert len(shown) > 0.93 * len(fields), sorted({(name, key) for name, key, _ in fields} - set(shown))
    for name, key, field in fields:
        validator = jsonschema_rs.validator_for({**field, "components": described["components"]})
        assert all(validator.is_valid(example) for example in field.get("examples", ())), (name, key)
    parameters = [one for operations in described["paths"].values() for call in operations.values() for one in call.get("parameters", ())]
    bare = {one["name"] for one in parameters if not one["schema"].keys() & {"examples", "default", "enum"}}
    assert bare <= {"cursor", "limit"}
    for one in parameters:
        validator = jsonschema_rs.validator_for(one["schema"])
        assert all(validator.is_valid(example) for example in one["schema"].get("examples", ())), one["name"]


async def test_whatever_is_written_or_read_has_an_example_that_fits(bench: Bench) -> None:
    described = (await bench.client.get("/api/openapi.json")).json()
    without = {name for name in _wanted(described) if "examples" not in described["components"]["schemas"][name]}
    assert without == set()
    for name, example in examples().items():
        validator = jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": described["components"]})
        assert [f"{name}: {error.message}" for error in validator.iter_errors(example)] == []


def _wanted(described: dict[str, Any]) -> Iterator[str]:
    """Schemas of all bodies and of all answers that succeed."""
    for operations in described["paths"].values():
        for operation in operations.values():
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [answer.get("content", {}) for status, answer in operation["responses"].items() if status.startswith("2")]
            yield from (name for content in contents if (name := schema_of(content)) is not None)
