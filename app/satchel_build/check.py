"""`build.py check`: what every change must pass before it is shown to others, fastest finding first."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from satchel_build import testing
from satchel_build.checkout import Checkout

__all__ = ["Check", "checks", "run"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `passes` shows what it found and tells whether that is nothing."""

    name: str
    passes: Callable[[], bool]


def run(argv: list[str]) -> int:
    """Run all checks, even after one failed, and sum up. Returns 0 if all passed; takes no arguments."""
    if argv:
        print("build.py: check takes no arguments.", file=sys.stderr)
        return 2
    failed = []
    for check in checks(Checkout(Path(__file__).resolve().parents[2])):
        started = time.monotonic()
        print(f"== {check.name}", flush=True)
        passed = check.passes()
        print(
            f"== {check.name}: {'passed' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)",
            flush=True,
        )
        if not passed:
            failed.append(check.name)
    print(f"check: {'failed: ' + ', '.join(failed) if failed else 'all passed'}")
    return 1 if failed else 0


def checks(checkout: Checkout) -> list[Check]:
    """All checks of this checkout, in the order they run."""
    tools = checkout.venv / "bin"
    typescript = ("node", str(checkout.node_modules / "typescript" / "bin" / "tsc"), "--project")

    def program(name: str, *argv: str) -> Check:
        return Check(name, lambda: subprocess.run(argv, cwd=checkout.root, check=False).returncode == 0)

    return [
        program("format", str(tools / "ruff"), "format", "--check", "--quiet", "."),
        program("lint", str(tools / "ruff"), "check", "--quiet", "."),
        program("layers", str(tools / "lint-imports"), "--no-logo"),
        program("types of worker/", *typescript, "worker"),
        program("types of static/", *typescript, "static"),
        program("types of Python", str(tools / "mypy")),
        Check("fast tests", lambda: testing.run(["--fast"]) == 0),
    ]
