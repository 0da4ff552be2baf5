"""The command line of `build.py test`."""

import argparse
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from satchel_build.testing.suites import FAST, SUITES, Suite

__all__ = ["Options", "parse_options"]

_FALLBACK_SEED = 20260101


@dataclass(frozen=True, slots=True)
class Options:
    """What to run. `select` is pytest's -k expression, empty for everything."""

    suites: tuple[Suite, ...]
    full: bool
    seed: int
    select: str

    @property
    def whole(self) -> bool:
        """Whether every test of every suite was asked for, so that the outcome speaks for the commit."""
        return self.suites == SUITES and not self.select


def parse_options(argv: Sequence[str], root: Path) -> Options:
    """Read `argv`; prints usage and exits, as argparse does, on anything it cannot use."""
    parser = argparse.ArgumentParser(
        prog="build.py test", description="Run the tests, installing what they need.", allow_abbrev=False
    )
    names = [suite.name for suite in SUITES]
    parser.add_argument(
        "--fast", action="store_true", help="only what `build.py check` runs: no browser, nothing slow"
    )
    parser.add_argument(
        "--suite", action="append", choices=names, default=[], help="run this suite only; repeatable"
    )
    parser.add_argument(
        "--full", action="store_true", help="every case, where a usual run takes a sample drawn by the seed"
    )
    parser.add_argument("--seed", type=int, help="seed of the samples (default: taken from the commit)")
    parser.add_argument(
        "-k", dest="select", metavar="EXPRESSION", default="", help="only tests that match (pytest -k)"
    )
    given = parser.parse_args(argv)
    if given.fast and given.suite:
        parser.error("--fast and --suite exclude each other")
    suites = (
        FAST
        if given.fast
        else tuple(suite for suite in SUITES if not given.suite or suite.name in given.suite)
    )
    seed = given.seed if given.seed is not None else commit_seed(root)
    return Options(suites, given.full, seed, given.select)


def commit_seed(root: Path) -> int:
    """A seed that is another with each commit and the same for everyone who tests that commit."""
    commit = head_commit(root)
    return int(commit[:8], 16) if commit else _FALLBACK_SEED


def head_commit(root: Path) -> str:
    """The commit checked out at `root`, or "" where there is none (a source archive, no git)."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
