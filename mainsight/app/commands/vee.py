"""`mainsight vee`: how good validation and estimation are; final values looked at, edited and edits taken back."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mainsight.app.clock import now_ms
from mainsight.app.editing import ROLE, Editing
from mainsight.app.settings import Settings, load_settings_or_exit
from mainsight.app.stores import open_store
from mainsight.app.vee import scoring
from mainsight.core.quantities import quantity
from mainsight.core.zonetime import rfc3339
from mainsight.metering.csv_fields import LineError, instant
from mainsight.metering.edits import EditError
from mainsight.metering.values import SLOT_MS
from mainsight.registry.reading import RegistryError, load_network
from mainsight.store.asking import NotAnsweredError, answer_of
from mainsight.store.lock import HeldError
from mainsight.store.port import StoreError
from mainsight.store.request_port import Request
from mainsight.store.sql import SqlState

_WAIT_S = 10.0
_MOST_SHOWN = 96


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    scoring.arguments(actions.add_parser("score", help="findings against known faults, estimates against values taken out"))
    values = actions.add_parser("values", help="quarter hours of a series: raw beside final, with quality, rule and edit")
    values.add_argument("--as-of", metavar="TIME", help="as they were known then")
    edit = actions.add_parser("edit", help="set, confirm or discard final values; shown before and after")
    what = edit.add_mutually_exclusive_group(required=True)
    what.add_argument("--set", metavar="VALUES", help="one value for all quarter hours, or one for each with commas between")
    what.add_argument("--confirm", action="store_true", help="what was measured stands")
    what.add_argument("--discard", action="store_true", help="nothing is known")
    for one in (values, edit):
        one.add_argument("meter")
        one.add_argument("quantity")
        one.add_argument("--from", dest="start", required=True, metavar="TIME", help="first instant, in the store's zone")
        one.add_argument("--to", dest="end", metavar="TIME", help="end, itself left out (default: a quarter hour on)")
    undo = actions.add_parser("undo", help="take an edit back: what is computed holds again")
    undo.add_argument("edit", type=int, metavar="ID", help="as `history` shows it")
    for one in (edit, undo):
        one.add_argument("--reason", required=True, help="why; kept with it")
        one.add_argument("--person", default=getpass.getuser(), help="who decides (default: who is logged in)")
    history = actions.add_parser("history", help="edits, latest first, with those that were taken back")
    history.add_argument("meter", nargs="?")
    history.add_argument("--limit", type=_count, default=20, metavar="N", help="most edits shown (default %(default)s)")
    for one in (values, edit, undo, history):
        one.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 when it cannot be done, 2 when something that was given cannot be used."""
    if args.action == "score":
        return scoring.run(args)
    settings = load_settings_or_exit(args.settings)
    try:
        if args.action == "history":
            return asyncio.run(_history(args, settings))
        request = Request(ROLE, args.action, _said(args, settings.store.timezone), now_ms())
        _show(args, request.arguments, asyncio.run(_done(request, settings)))
    except (EditError, LineError, NotAnsweredError, RegistryError, StoreError, OSError, ValueError) as error:
        print(f"mainsight vee: {error}", file=sys.stderr)
        return 1
    return 0


def _said(args: argparse.Namespace, timezone: str) -> dict[str, Any]:
    """What is asked for, as plain data."""
    if args.action == "undo":
        return {"edit": args.edit, "person": args.person, "reason": args.reason}
    start_ms = instant(args.start, timezone)
    end_ms = start_ms + SLOT_MS if args.end is None else instant(args.end, timezone)
    if end_ms <= start_ms:
        raise EditError("--to must lie after --from")
    said = {"meter": args.meter, "quantity": args.quantity, "start_ms": start_ms, "end_ms": end_ms}
    if args.action == "values":
        return said | {"as_of_ms": None if args.as_of is None else instant(args.as_of, timezone)}
    action = "confirm" if args.confirm else "discard" if args.discard else "set"
    values = [_value(one) for one in args.set.split(",")] if action == "set" else []
    if len(values) == 1:
        values *= (end_ms - start_ms) // SLOT_MS
    return said | {"action": action, "values": values, "person": args.person, "reason": args.reason}


def _value(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise EditError(f"--set: {text!r} is no number; give one, or one for each quarter hour with commas between") from None


async def _done(request: Request, settings: Settings) -> dict[str, Any]:
    """What came of a request: done here, or by the process that has the embedded store open."""
    network = load_network(settings.registry)
    state = await SqlState.open(settings.store)
    try:
        try:
            store = await open_store(settings.store, network, now_ms)
        except HeldError:
            answer = await answer_of(state, request, _WAIT_S)
            if not answer.done:
                raise EditError(answer.detail["refused"]) from None
            return answer.detail
        try:
            return await Editing(store, state, network, settings.store.timezone, now_ms).carry_out(request)
        finally:
            await store.close()
    finally:
        await state.close()


def _count(text: str) -> int:
    """Read a whole number of one and more."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of one and more")
    return int(text)


async def _history(args: argparse.Namespace, settings: Settings) -> int:
    state = await SqlState.open(settings.store)
    try:
        found = await state.edits(limit=None if args.meter else args.limit)
    finally:
        await state.close()
    shown = [one for one in found if args.meter in {None, one.meter}][: args.limit]
    if not shown:
        print("there are no edits" + (f" of {args.meter}" if args.meter else ""), file=sys.stderr)
    for edit in shown:
        span = f"{rfc3339(edit.start_ms)} to {rfc3339(edit.end_ms)}"
        print(f"{edit.id}  {edit.meter} {edit.quantity}  {span}  {edit.action} by {edit.person} at {rfc3339(edit.made_ms)}: {edit.reason}")
        _rows(edit.start_ms, edit.end_ms, edit.before, edit.values, edit.action)
        if edit.undone is not None:
            print(f"  taken back by {edit.undone.person} at {rfc3339(edit.undone.at_ms)}: {edit.undone.reason}")
    return 0


def _show(args: argparse.Namespace, said: dict[str, Any], detail: dict[str, Any]) -> None:
    match args.action:
        case "values":
            _print_values(said["quantity"], detail)
        case "edit":
            print(f"edit {detail['id']}; final values, and all that is computed from them, follow within seconds of the system running")
            _rows(said["start_ms"], said["end_ms"], detail["before"], said["values"], said["action"])
        case _:
            print(f"edit {args.edit} of {detail['meter']} {detail['quantity']} taken back by {detail['by']}: {detail['reason']}")


def _print_values(name: str, found: dict[str, Any]) -> None:
    unit = quantity(name).unit
    print(f"{'start':20}  {'raw':>12}  {'final, ' + unit:>14}  quality    rule  edit")
    columns = (found[key] for key in ("start_ms", "raw", "final", "quality", "rule", "edit"))
    for at, raw, final, quality, rule, edit in zip(*columns, strict=True):
        print(f"{rfc3339(at):20}  {_number(raw):>12}  {_number(final):>14}  {quality:9}  {rule:4}  {edit or ''}".rstrip())


def _rows(start_ms: int, end_ms: int, before: Sequence[Sequence[Any]], values: Sequence[float], action: str) -> None:
    """Before and after by the quarter hour."""
    was = {row[0]: row[1:] for row in before}
    times = range(start_ms, end_ms, SLOT_MS)
    for number, at in enumerate(times[:_MOST_SHOWN]):
        value, quality, rule = was.get(at, (None, "missing", ""))
        after = _number(values[number]) if values else action
        print(f"  {rfc3339(at)}  {_number(value)} ({' '.join(filter(None, (quality, rule)))}) -> {after}")
    if len(times) > _MOST_SHOWN:
        print(f"  ... and {len(times) - _MOST_SHOWN} more")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
