"""The command `mainsight`: finds the verb's module and runs it.

A verb is imported only when it is used, so `mainsight decode` does not wait for statsmodels.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Protocol, cast

VERBS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "run the sample province, from simulated sensors to the console, in one process tree"),
    "simulate": ("simulate", "publish a simulated province to a broker: history, then live readings"),
    "serve": ("serve", "run collector, metering, forecasts, alarms and console on your broker and your registry"),
    "collect": ("role", "one role: readings from the broker into InfluxDB, and their final values"),
    "forecast": ("role", "one role: forecasts of every zone, on a schedule"),
    "alarms": ("alarms", "one role: alarms, and telling people of them; or score predictive alarms"),
    "api": ("role", "one role: the API and the console"),
    "check": ("check", "read the registry and say what is wrong with it, or what is in it"),
    "decode": ("decode", "say what messages on standard input would give"),
    "rules": ("rules", "try mapping rules on the last messages, take them up, read again what waits"),
    "import": ("import_", "read load profiles, bills or exported readings into the store"),
    "export": ("export", "write raw readings as CSV, Parquet or line protocol, which import takes back"),
    "backtest": ("backtest", "score the forecasting models on a series of your own"),
    "fleet": ("fleet", "forecast every column of CSV files, and go on where it was ended"),
    "what-if": ("what_if", "a forecast as it is and as it would be if it were warmer, or a tenant came"),
    "outlook": ("outlook", "monthly peaks, energy and headroom of zones, with applications and projects"),
    "backup": ("backup", "save stores, settings and registry into a folder, while the system runs or not"),
    "restore": ("restore", "put a backup back and compare it with what was saved"),
    "compact": ("compact", "write the embedded store's file anew, without the space of what was replaced"),
    "retention": ("retention", "say what is older than the settings keep it, and would go; take it away now"),
    "vee": ("vee", "look at final values, edit them, take edits back; score validation and estimation"),
    "influx": ("influx", "set up an InfluxDB server for mainsight"),
    "replay": ("replay", "run alarm rules over a recorded history"),
    "dashboards": ("dashboards", "build, check and push Grafana's dashboards"),
    "user": ("user", "add people who sign in, give them one-time passwords"),
    "key": ("key", "make, list and revoke API keys"),
}
"""Verb -> (module below mainsight.app.commands, one line of help)."""
_PIPE_CLOSED = 141
"""What a shell shows for a program that SIGPIPE has ended."""
_INTERRUPTED = 130
"""The same of Ctrl-C."""


class Verb(Protocol):
    """What a verb's module offers."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the verb's arguments."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the exit code."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run the verb named first; exit code 2 for words that are not understood, 130 when it was interrupted."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        print("mainsight: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _run(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="mainsight", description="Watches the mains of a province: power and water.")
    parser.add_argument("--version", action="version", version=f"mainsight {version('mainsight')}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    chosen = next((word for word in words if not word.startswith("-")), None)
    module: Verb | None = None
    for name, (module_name, help_line) in VERBS.items():
        verb_parser = verbs.add_parser(name, help=help_line, description=help_line[0].upper() + help_line[1:] + ".")
        if name == chosen:
            module = cast("Verb", import_module(f"mainsight.app.commands.{module_name}"))
            module.arguments(verb_parser)
    args = parser.parse_args(words)
    if module is None:
        parser.error("name a verb")
    try:
        code = module.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough, as `| head` does: end as other programs do, without a trace.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    return code
