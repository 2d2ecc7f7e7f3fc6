"""`mainsight what-if`: a forecast as it is, and as it would be if it were warmer or a tenant came; nothing is stored."""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from forecast.targets import targets
from mainsight.app.clock import now_ms
from mainsight.app.parts.asking import what_if
from mainsight.app.questions import ROLE, Questions, UnanswerableError
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.app.stores import open_store
from mainsight.core.zonetime import local_day, to_datetime
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network
from mainsight.store.asking import NotAnsweredError, answer_of
from mainsight.store.lock import HeldError
from mainsight.store.port import StoreError
from mainsight.store.request_port import Request
from mainsight.store.sql import SqlState

_WAIT_S = 60.0
_TENANT = re.compile(r"(?P<amount>[-+]?\d+(?:\.\d+)?)@(?P<start>\d{4}-\d\d-\d\d)(?:/(?P<shape>flat|as_target))?")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--target", required=True, metavar="ID", help="zone or asset that is forecast")
    parser.add_argument("--quantity", default="power", metavar="NAME", help="power, power_gross or flow (default %(default)s)")
    parser.add_argument("--temperature", type=float, metavar="K", help="degrees more over the whole forecast; may be negative")
    parser.add_argument(
        "--tenant",
        action="append",
        type=_tenant,
        default=[],
        metavar="AMOUNT@DAY[/flat]",
        help="who comes on a local day: MW at the peak, or m3 a day of water; in the target's own hours unless /flat follows; who leaves "
        "is written --tenant=-5@2026-11-30; may be given several times",
    )
    parser.add_argument("--format", choices=["table", "json"], default="table", help="json holds every interval")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")


def run(args: argparse.Namespace) -> int:
    """Ask and print; 1 when there is no answer."""
    settings = load_settings_or_exit(args.settings)
    amount = "m3_day" if args.quantity == "flow" else "mw"
    tenants = [{amount: float(one["amount"]), "start": one["start"], "shape": one["shape"] or "as_target"} for one in args.tenant]
    asked = {"target": args.target, "quantity": args.quantity, "temperature_k": args.temperature, "tenants": tenants}
    try:
        found = asyncio.run(_answer(settings, asked))
    except (UnanswerableError, NotAnsweredError, ProblemsError, StoreError, OSError) as error:
        print(f"mainsight what-if: {error}", file=sys.stderr)
        return 1
    if args.format == "json":
        print(json.dumps(found, allow_nan=False))
    else:
        print("\n".join(_table(found)))
    return 0


async def _answer(settings: Settings, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer here, or have the process answer that has the embedded store open."""
    network = load_network(settings.registry)
    state = await SqlState.open(settings.store)
    try:
        try:
            store = await open_store(settings.store, network, now_ms)
        except HeldError:
            answer = await answer_of(state, Request(ROLE, "ask", asked, now_ms()), _WAIT_S)
            if not answer.done:
                raise UnanswerableError(answer.detail["refused"]) from None
            return answer.detail
        try:
            known = {(one.id, one.quantity): one for one in targets(network, settings.forecast)}
            desk = what_if(settings, network, store, state, now_ms)
            return await Questions(desk, store, state, known, now_ms).answer(asked)
        finally:
            await store.close()
    finally:
        await state.close()


def _tenant(text: str) -> dict[str, str | None]:
    found = _TENANT.fullmatch(text)
    if found is None:
        message = f"{text!r} is no tenant: write 5@2026-11-30, or 5@2026-11-30/flat"
        raise argparse.ArgumentTypeError(message)
    return found.groupdict()


def _local(at_ms: int, timezone: str) -> datetime:
    return to_datetime(at_ms).astimezone(ZoneInfo(timezone))


def _table(found: dict[str, Any]) -> Iterator[str]:
    """Peaks by local day, as they are and as they would be, and what that rests on."""
    zone, unit = found["timezone"], found["unit"]
    yield f"forecast issued {_local(found['issue_ms'], zone):%Y-%m-%d %H:%M}; peaks of each day, {unit}"
    yield f"{'day':<12}{'at':>6}{'P50':>12}{'P90':>12}   {'if so: at':>9}{'P50':>12}{'P90':>12}{'change':>12}"
    for day, rows in groupby(range(len(found["time_ms"])), lambda row: local_day(found["time_ms"][row], zone)):
        inside = list(rows)
        now, then = (_peak(found, name, inside) for name in ("baseline", "changed"))
        so = f"{now[0]:>6}{now[1]:>12,.0f}{now[2]:>12,.0f}"
        otherwise = f"{then[0]:>9}{then[1]:>12,.0f}{then[2]:>12,.0f}{then[1] - now[1]:>+12,.0f}"
        yield f"{day!s:<12}{so}   {otherwise}"
    yield from found["explanation"]


def _peak(found: dict[str, Any], name: str, rows: list[int]) -> tuple[str, float, float]:
    """Time of the highest P50, that, and the highest P90."""
    at = max(rows, key=found[f"{name}_p50"].__getitem__)
    time = _local(found["time_ms"][at], found["timezone"])
    return f"{time:%H:%M}", found[f"{name}_p50"][at], max(found[f"{name}_p90"][row] for row in rows)
