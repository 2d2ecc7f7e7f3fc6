"""The compose file as Docker Compose reads it, with secrets as scripts/secrets makes them, and its broker running."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.sandbox import ROOT, ComposedBroker, Service, composed


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def secrets_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secrets") / "env"
    subprocess.run([ROOT / "scripts/secrets", file], check=True, capture_output=True)
    return file


@pytest.fixture(scope="session")
def secrets(secrets_file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in secrets_file.read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="session")
def project(secrets_file: Path) -> dict[str, Any]:
    return composed(secrets_file)


@pytest.fixture(scope="session")
def services(project: dict[str, Any]) -> dict[str, Service]:
    found: dict[str, Service] = project["services"]
    return found


@pytest.fixture(scope="session")
def broker(services: dict[str, Service], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedBroker]:
    """The broker without a certificate; nobody changes it."""
    with ComposedBroker(services["broker"], tmp_path_factory.mktemp("broker")) as running:
        yield running
