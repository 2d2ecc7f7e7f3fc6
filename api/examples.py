"""Examples in the API's description: bodies that were sent and answers that came, on the sample province, whole and field by field."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI

_FILE = Path(__file__).with_name("examples.json")
_DAY = {"start_ms": 1_795_057_200_000, "end_ms": 1_795_143_600_000}
_PARAMETERS: dict[str, object] = {
    **_DAY,
    "start": _DAY["start_ms"],
    "end": _DAY["end_ms"],
    **dict.fromkeys(("as_of_ms", "issued_by_ms", "before_ms"), _DAY["end_ms"]),
    "zone": "quang-chau",
    "zone_id": "quang-chau",
    "target": "quang-chau",
    "asset": "qc-471",
    "asset_id": "qc-471",
    "meter": "qc-471-main",
    "meter_id": "qc-471-main",
    "quantity": "power",
    "utility": "power",
    "kind": "feeder",
    "rule": "feeder-load-high",
    "priority": "high",
    "device": "QC-471",
    "topic": "site/hall-2/meters",
    "search": "471",
    "condition": "silent",
    "reason": "unknown_format",
    "person": "lan",
    "action": "acknowledge",
    "subject": "alarm/feeder-load-high",
    "name": "lan",
    "key_id": "5d1f9c02",
    "role": "forecast",
    "silent": True,
    **dict.fromkeys(("edit_id", "change_id", "message_id", "before"), 17),
    **dict.fromkeys(("outage_id", "stand_in_id"), "5d1f9c02"),
}
"""What may be given for a parameter, by its name; those with a default, or of a page before, show that."""


@cache
def examples() -> dict[str, Any]:
    """An example of each schema, by its name. `tests/api/test_examples.py` writes the file, and holds it to the schemas."""
    found: dict[str, Any] = orjson.loads(_FILE.read_bytes())
    return found


class Described(FastAPI):
    """An application whose description holds the examples."""

    def openapi(self) -> dict[str, Any]:
        """Describe the API."""
        if self.openapi_schema is None:
            described = super().openapi()
            schemas = described["components"]["schemas"]
            for name in examples().keys() & schemas.keys():
                schemas[name]["examples"] = [examples()[name]]
            for name in sorted(examples().keys() & schemas.keys()):
                _show(schemas[name], examples()[name], schemas)
            for parameter in _parameters(described):
                _show_parameter(parameter)
        assert self.openapi_schema is not None
        return self.openapi_schema


def _parameters(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in described["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())


def _show_parameter(parameter: dict[str, Any]) -> None:
    shape, name = parameter["schema"], parameter["name"]
    if name not in _PARAMETERS or {"examples", "default", "enum"} & shape.keys():
        return
    value = _PARAMETERS[name]
    listed = any(one.get("type") == "array" for one in (shape, *shape.get("anyOf", ())))
    shape["examples"] = [[value] if listed else value]


def _show(shape: dict[str, Any], value: Any, schemas: dict[str, Any]) -> None:
    """Give every field below a schema what it holds in an example; the first that is found stays."""
    for name, field in shape.get("properties", {}).items():
        if isinstance(value, dict) and value.get(name) is not None:
            _show_field(field, value[name], schemas)


def _show_field(field: dict[str, Any], value: Any, schemas: dict[str, Any]) -> None:
    example = value[0] if isinstance(value, list) and value else value
    references = [inner["$ref"] for one in (field, *field.get("anyOf", ())) for inner in (one, one.get("items", {})) if "$ref" in inner]
    if not references:
        field.setdefault("examples", [value])
    for reference in references:
        if isinstance(example, dict):
            named = schemas[reference.rpartition("/")[2]]
            named.setdefault("examples", [example])
            _show(named, example, schemas)
