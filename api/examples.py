"""Examples in the API's description: bodies that were sent and answers that came, on the sample province."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI

_FILE = Path(__file__).with_name("examples.json")


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
            schemas = super().openapi()["components"]["schemas"]
            for name in examples().keys() & schemas.keys():
                schemas[name]["examples"] = [examples()[name]]
        assert self.openapi_schema is not None
        return self.openapi_schema
