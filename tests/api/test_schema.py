"""schemathesis asks what the description allows and what it does not: nothing ends in 5xx, every answer is one that is described.

SCHEMA_EXAMPLES=200 asks longer; by default it is a few seconds.
"""

import os
from typing import Any

import anyio.to_thread
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.api.people import House, closed

pytestmark = pytest.mark.anyio
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "2"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = {"/api/v1/stream"}
TELLS_BY_503 = {"/readyz", "/readyz/{role}"}


@pytest.fixture
def house(bench: Any) -> House:
    return closed(bench.services, bench.live, requests_per_minute=0)


def ask(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> bool:
    """Ask one call a few times; whether that could be done."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS[operation.path in TELLS_BY_503 :])

    try:
        one()
    except BaseExceptionGroup as failures:
        raise AssertionError(str(failures)) from None
    except Unsatisfiable:
        return False  # what takes nothing but text cannot be asked wrongly
    return True


@pytest.mark.timeout(400)  # a minute on a machine that does nothing else
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
async def test_no_call_ends_in_5xx_or_in_an_answer_that_is_not_described(bench: Any, house: House, mode: GenerationMode) -> None:
    schema = await anyio.to_thread.run_sync(lambda: schemathesis.openapi.from_asgi("/api/openapi.json", house.app))
    operations = [found.ok() for found in schema.get_all_operations()]
    asked = [one for one in operations if one.path not in ENDLESS]
    assert len(asked) > 30
    done = [await anyio.to_thread.run_sync(ask, operation, mode, bench.as_("administrator")) for operation in asked]
    assert sum(done) > 20
