"""The command line and whole systems."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
