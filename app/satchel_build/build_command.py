"""`python3 build.py COMMAND`: picks the command, sees to the environment it needs, runs it."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from satchel_build.build_lock import build_lock
from satchel_build.checkout import Checkout
from satchel_build.environment import ensure_environment
from satchel_build.errors import BuildError
from satchel_build.npm_packages import ensure_npm_packages
from satchel_build.progress import Progress
from satchel_build.site_build import ensure_site
from satchel_build.tools import check_tools

__all__ = ["run"]


@dataclass(frozen=True, slots=True)
class _ModuleCommand:
    """A command that is the function `run(argv) -> exit status` of `module`.

    The module is named, not imported, since it may need what is not installed yet. With `in_venv` it runs inside
    `.venv`, the `dev` packages installed.
    """

    module: str
    help: str
    in_venv: bool = True


_MODULE_COMMANDS: Mapping[str, _ModuleCommand] = {
    "check": _ModuleCommand("satchel_build.check", "formatting, lint, types, layers, then the fast tests"),
    "test": _ModuleCommand(
        "satchel_build.testing", "everything: unit, Pyodide, conformance and browser tests"
    ),
    "bench": _ModuleCommand("satchel_build.benchmarks", "the benchmarks"),
    "bundles": _ModuleCommand(
        "satchel_build.bundle_command", "check the committed programs, or build them from source"
    ),
    "generate": _ModuleCommand(
        "satchel_build.generated_files", "write the generated files anew", in_venv=False
    ),
}


def run(checkout: Checkout, argv: Sequence[str]) -> int:
    """Run the command that `argv` names first; the rest are its own arguments. Returns the exit status.

    A command that runs inside `.venv` replaces this process, so `run` then does not return the first time.
    """
    command = _MODULE_COMMANDS.get(argv[0]) if argv else None
    name = _parser().parse_args(argv[:1] if command else argv).command
    try:
        check_tools()
        if command is not None:
            return _run_module(checkout, command, argv)
        if name == "setup":
            _prepare_development(checkout)
        else:
            build_id = ensure_site(checkout, Progress(sys.stderr))
            print(f"dist/ holds build {build_id}")
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build.py", description="Build and test Satchel.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("site", help="make dist/, the site that any web host can serve")
    commands.add_parser("setup", help="install everything that check, test and bench need, and stop there")
    for name, command in _MODULE_COMMANDS.items():
        commands.add_parser(name, help=command.help, add_help=False)
    return parser


def _run_module(checkout: Checkout, command: _ModuleCommand, argv: Sequence[str]) -> int:
    if command.in_venv:
        _prepare_development(checkout)
        if Path(sys.prefix).resolve() != checkout.venv.resolve():
            _continue_in_venv(checkout, argv)
    module = importlib.import_module(command.module)
    return cast("Callable[[list[str]], int]", module.run)(list(argv[1:]))


def _prepare_development(checkout: Checkout) -> None:
    progress = Progress(sys.stderr)
    with build_lock(checkout, progress):
        ensure_environment(checkout, "dev", progress)
        ensure_npm_packages(checkout, progress)


def _continue_in_venv(checkout: Checkout, argv: Sequence[str]) -> None:
    python = str(checkout.venv_python)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(python, [python, str(checkout.root / "build.py"), *argv])
