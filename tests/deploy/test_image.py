"""The Dockerfile, read: there is no engine here to build it with. Its environment is that of scripts/setup."""

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.deploy.sandbox import ROOT, Service

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
STAGES = [
    [line for line in f"FROM {stage}".splitlines() if line] for stage in re.split(r"^FROM ", "\n".join(LINES), flags=re.MULTILINE)[1:]
]
BASES = [re.match(r"FROM (\S+)(?: AS (\w+))?$", stage[0]) for stage in STAGES]


def copied() -> list[str]:
    """What is copied out of the repository."""
    words = [shlex.split(line)[1:] for line in LINES if line.startswith("COPY ")]
    return [source for sources in words if not sources[0].startswith("--from=") for source in sources[:-1]]


def ignored(path: str) -> bool:
    """What .dockerignore says of a path: the last pattern that fits it or a folder above it."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    above = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
    answer = False
    for pattern in patterns:
        plain = pattern.removeprefix("!")
        if any(fnmatch(name, plain) or fnmatch(f"/{name}", plain.replace("**", "*")) for name in above):
            answer = not pattern.startswith("!")
    return answer


def test_images_are_pinned_and_the_last_one_is_not_a_builder() -> None:
    assert [base.group(2) for base in BASES if base] == ["console", "environment", None]
    assert all(base and re.match(r"^\w+:\d+\.\d+\.\d+-slim", base.group(1)) for base in BASES)
    final = "\n".join(STAGES[-1])
    assert not re.search(r"\b(npm|pip|gcc|build-essential|git|curl)\b", final)
    assert "pip uninstall --quiet --yes pip setuptools" in TEXT


def test_it_runs_as_a_user_without_rights() -> None:
    final = STAGES[-1]
    assert re.search(r"useradd --system --uid 10001 .*--shell /usr/sbin/nologin mainsight", "\n".join(final))
    assert [line for line in final if line.startswith("USER ")] == ["USER mainsight"]
    assert final.index("USER mainsight") > max(final.index(line) for line in final if line.startswith(("RUN ", "COPY ")))


def test_everything_it_copies_is_there_and_reaches_the_builder() -> None:
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert not ignored(source), f".dockerignore keeps {source} out"


@pytest.mark.parametrize(
    "path",
    [".env", ".git", ".venv", ".tools", ".data", "backup", "deploy", "console/node_modules", "api/static", "tests", "mainsight/x.pyc"],
)
def test_secrets_data_and_leftovers_never_reach_the_builder(path: str) -> None:
    assert ignored(path)


def test_packages_are_installed_as_scripts_setup_does() -> None:
    """Hashes checked, nothing built unseen, urllib3-future from its source: its wheel takes urllib3's place."""
    setup = (ROOT / "scripts/setup").read_text(encoding="utf-8")
    for words in ("--no-build-isolation", "--no-binary urllib3-future --require-hashes", "URLLIB3_NO_OVERRIDE=1", "--no-deps -e ."):
        assert words in setup, f"scripts/setup has changed: change the Dockerfile too ({words})"
        assert words in TEXT
    assert "--require-hashes -r requirements/build.txt" in TEXT
    assert TEXT.index("requirements/build.txt \\") < TEXT.index("-r requirements/run.txt")


def test_it_holds_all_packages_of_the_wheel() -> None:
    packages = re.search(
        r"^packages = \[(.+)\]$",
        (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.hatch.build.targets.wheel]")[1],
        re.MULTILINE,
    )
    assert packages
    assert set(re.findall(r'"(\w+)"', packages[1])) <= set(copied())


def test_version_and_paths_fit_the_compose_file(services: dict[str, Service]) -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert services["api"]["image"] == f"mainsight:{version[1]}"
    used = {
        word for service in services.values() for word in [*service.get("entrypoint", []), *service.get("healthcheck", {}).get("test", [])]
    }
    scripts = {word.removeprefix("/opt/mainsight/") for word in used if word.startswith("/opt/mainsight/")}
    assert scripts == {source for source in copied() if source.startswith("scripts/")}
    assert "/opt/mainsight/scripts/" in TEXT
    assert services["influx"]["user"] == "10001"
