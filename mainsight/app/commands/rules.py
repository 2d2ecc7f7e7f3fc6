"""`mainsight rules`: try mapping rules, take them up, read again what waits; done by the running system's collector."""

import argparse
import asyncio
import sys
from pathlib import Path

from api.schemas.mappings import Replayed, Trial, TrialLine, Try
from api.services import RulesRefusedError
from mainsight.app.clock import now_ms
from mainsight.app.decoding import RemoteDecodingDesk
from mainsight.app.settings import load_settings_or_exit
from mainsight.core.quantities import quantity
from mainsight.core.zonetime import rfc3339
from mainsight.store.asking import NotAnsweredError
from mainsight.store.port import StoreError
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState

_MOST = 10_000
"""Messages of each source that a trial looks at."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file; the environment overrides it")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    tried = actions.add_parser("try", help="say what rules would store and change, on the last messages and on quarantine")
    tried.add_argument("file", type=Path, metavar="FILE", help="mapping rules, as in the registry's mappings.yaml")
    tried.add_argument("--last", type=_number, default=1_000, metavar="N", help="messages looked at, of each source (default %(default)s)")
    tried.add_argument("--instead", action="store_true", help="in place of all rules in use, not before them")
    actions.add_parser("apply", help="take up routes.yaml and mappings.yaml as they are now, and read again what waits")
    again = actions.add_parser("replay", help="read again what waits in quarantine, by the rules in use")
    again.add_argument("--reason", help="only what waits for this reason")
    again.add_argument("--device", help="only messages of this device")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 when the rules are wrong or no collector answers."""
    settings = load_settings_or_exit(args.settings)
    try:
        return asyncio.run(_run(args, settings.store))
    except (RulesRefusedError, NotAnsweredError, StoreError, OSError, ValueError) as error:
        print(f"mainsight rules: {error}", file=sys.stderr)
        return 1


async def _run(args: argparse.Namespace, settings: StoreSettings) -> int:
    state = await SqlState.open(settings)
    desk = RemoteDecodingDesk(state, now_ms)
    try:
        match args.action:
            case "try":
                rules = _text(args.file)
                _show(await desk.try_rules(Try(rules=rules, name=args.file.name, last=args.last, instead=args.instead)))
            case "apply":
                _told(await desk.apply_rules())
            case _:
                _told(await desk.replay(args.reason, args.device))
    finally:
        await state.close()
    return 0


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {file}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not a text in UTF-8; save it as one") from None


def _told(done: Replayed) -> None:
    print(f"{done.messages} messages read again, {done.readings} readings stored, {done.left} messages wait on")


def _show(trial: Trial) -> None:
    print(f"{trial.recent} of the last messages and {trial.quarantined} in quarantine; nothing was stored")
    for rule in trial.rules:
        print(
            f"  {rule.topic}: messages {rule.messages}" + ("" if rule.messages else "; none of these topics came, or it is spelt otherwise")
        )
    print(f"same: {trial.same}")
    for kind, lines in (("added", trial.added), ("changed", trial.changed), ("gone", trial.gone)):
        print(f"{kind}: {trial.counts[kind]}")
        for line in lines:
            print(f"  {_line(line)}")
    print(f"once their device is adopted: {trial.counts['unregistered']}")
    for reading in trial.unregistered:
        unit = quantity(reading.quantity).unit
        print(f"  {rfc3339(reading.time_ms)}  {reading.device} {reading.quantity}: {reading.value:.10g} {unit}  ({reading.topic})")
    print(f"waiting: {trial.counts['waiting']}")
    for cause in trial.waiting:
        print(f"  {cause.topic}  {cause.reason}  {cause.device} {cause.detail}  x{cause.messages}")


def _line(line: TrialLine) -> str:
    value = " -> ".join("nothing" if number is None else f"{number:.10g}" for number in (line.before, line.after))
    return f"{rfc3339(line.time_ms)}  {line.meter} {line.quantity}: {value} {quantity(line.quantity).unit}  ({line.topic})"


def _number(text: str) -> int:
    """How many messages, as the API takes it."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST):
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to {_MOST}")
    return int(text)
