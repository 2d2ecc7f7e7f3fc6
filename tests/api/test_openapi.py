"""The API's description is checked in: a change of it is a decision, seen in review.

After a change that is meant: UPDATE_GOLDEN=1 scripts/test tests/api/test_openapi.py
"""

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

pytestmark = pytest.mark.anyio

GOLDEN = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


async def test_description_is_the_one_checked_in(bench: Any) -> None:
    described = (await bench.client.get("/api/openapi.json")).json()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_bytes(orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    assert described == orjson.loads(GOLDEN.read_bytes()), "UPDATE_GOLDEN=1 writes the file again, when the change is meant"


async def test_every_operation_tells_what_it_is_for(bench: Any) -> None:
    described = (await bench.client.get("/api/openapi.json")).json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path}"
