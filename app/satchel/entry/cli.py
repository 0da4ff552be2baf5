"""The command line, `satchel`. It parses, reports errors in one line with the remedy, and maps outcomes to
exit statuses.

0: done · 1: the turn failed or hit a limit · 2: wrong usage or unusable input · 3: the real folder changed
meanwhile, nothing was written to it · 130, 143: ended by Ctrl-C or a signal · 141: nobody reads the output any more.
`satchel wasi` passes on the status of its module instead, `satchel doctor` gives 1 when something is amiss.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from satchel import __version__
from satchel.base.errors import InputError, SatchelError
from satchel.entry.exit_status import ExitStatus
from satchel.entry.settings import settings_from

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_DESCRIPTION = (
    "A coding agent that works on a copy of your project and changes the project only when told to."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit status."""
    words, own = _split(sys.argv[1:] if arguments is None else list(arguments))
    options = _parser().parse_args(words)
    options.program = [*getattr(options, "program", ()), *own]
    settings = settings_from(os.environ)
    try:
        # Only what the command needs is imported: a small module must not wait for the agent.
        command = importlib.import_module(f"satchel.entry.{options.command}_command")
        return int(asyncio.run(command.main(options, settings)))
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except SatchelError as error:
        print(f"satchel: {error}", file=sys.stderr)
        return ExitStatus.USAGE if isinstance(error, InputError) else ExitStatus.FAILED
    except OSError as error:
        print(f"satchel: {error}", file=sys.stderr)
        return ExitStatus.FAILED


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What is ours to read, and from the first `--` of `satchel wasi` on the program's own, as argparse would not leave
    it.
    """
    if words[:1] == ["wasi"] and "--" in words:
        at = words.index("--")
        return words[:at], words[at:]
    return words, []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="satchel", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"satchel {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="do one task and end", description="Do one task, without a conversation."
    )
    run.add_argument(
        "task", metavar="TASK", help="what to do, in your own words; - reads it from standard input"
    )
    run.add_argument(
        "--project", type=Path, required=True, metavar="DIR", help="the folder to work on a copy of"
    )
    _add_engine(run)
    run.add_argument("--model", default="demo", help="default: demo, which is scripted and needs no key")
    run.add_argument("--commit", action="store_true", help="write the changes to DIR at the end")
    run.add_argument("--patch", type=Path, metavar="FILE", help="write the changes as a patch for git apply")
    run.add_argument(
        "--jsonl", action="store_true", help="print every event as a line of JSON, and nothing else"
    )
    run.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="WHAT",
        help="grant beforehand: read, write, read:/workspace/docs/**; may be repeated (demo: read, write, exec)",
    )
    run.add_argument(
        "--max-steps", type=_positive, default=50, metavar="N", help="model requests at most (default 50)"
    )
    _add_wasi(commands)
    _add_doctor(commands)
    return parser


def _add_wasi(commands: Subcommands) -> None:
    wasi = commands.add_parser(
        "wasi",
        help="run one WASI module",
        description="Run a WASI module with the standard streams of this command; its exit status is passed on.",
        usage="%(prog)s [--engine ENGINE] [--dir HOST::GUEST]... [--env NAME=VALUE]... [--argv0 NAME]"
        " -- MODULE [ARGUMENT]...",
    )
    _add_engine(wasi)
    wasi.add_argument(
        "--dir",
        action="append",
        default=[],
        metavar="HOST::GUEST",
        help="a directory it may use, and its name inside; may be repeated (default: none)",
    )
    wasi.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable; may be repeated"
    )
    wasi.add_argument(
        "--argv0",
        metavar="NAME",
        help="the name to call it by (default: the module's), for a module of many programs",
    )
    wasi.add_argument("program", nargs=argparse.REMAINDER, metavar="MODULE", help="the module, its arguments")


def _add_doctor(commands: Subcommands) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="tell what can be done here",
        description="Try what Satchel needs, on this machine or in the browser, and tell what came of it.",
    )
    _add_engine(doctor)
    doctor.add_argument("--json", action="store_true", help="print one JSON object")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=("server", "browser"),
        default="server",
        help="server: this Python (default); browser: the built site in headless Chromium",
    )


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return number
