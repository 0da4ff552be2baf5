"""`build.py bench [NAME]`: runs a benchmark, or lists what there is."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from satchel_build.benchmarks import boot, processes
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.progress import Progress
from satchel_build.site_build import ensure_site
from satchel_build.testing.chromium import CHROMIUM

__all__ = ["run"]

_ROOT = Path(__file__).resolve().parents[3]

# What each measures, and the function: checkout, path of Chromium, rounds, progress -> whether all targets are met.
_BENCHMARKS: Mapping[str, tuple[str, Callable[[Checkout, str, int, Progress], bool]]] = {
    "boot": (boot.SUMMARY, boot.measure),
    "processes": (processes.SUMMARY, processes.measure),
}


def run(argv: Sequence[str]) -> int:
    """Run the benchmark that `argv` names, or list all. Returns 0 if its targets are met, 1 if not."""
    parser = argparse.ArgumentParser(
        prog="build.py bench", description="Run a benchmark.", allow_abbrev=False
    )
    parser.add_argument("name", nargs="?", choices=list(_BENCHMARKS), help="which one; none lists them")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of measuring (default: 5)")
    options = parser.parse_args(argv)
    if options.name is None:
        for name, (summary, _) in _BENCHMARKS.items():
            print(f"{name:10} {summary}")
        return 0
    checkout = Checkout(_ROOT)
    progress = Progress(sys.stderr)
    try:
        chromium = CHROMIUM.ensure(progress)
        ensure_site(checkout, progress)
        return 0 if _BENCHMARKS[options.name][1](checkout, chromium, options.rounds, progress) else 1
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
