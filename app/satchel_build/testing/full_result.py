"""Keeps the outcome of the last full run (`build.py test --full`) in the repository."""

import datetime
import json
import platform
from collections.abc import Sequence
from pathlib import Path

from satchel_build.testing.options import Options, head_commit
from satchel_build.testing.report import SuiteResult

__all__ = ["FULL_RESULT", "write_full_result"]

FULL_RESULT = Path("docs/test-full-result.json")


def write_full_result(root: Path, options: Options, results: Sequence[SuiteResult]) -> None:
    """Write commit, seed, counts and times of a full run to `FULL_RESULT` below `root`."""
    record = {
        "commit": head_commit(root),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seed": options.seed,
        "python": platform.python_version(),
        "suites": {
            result.suite.name: {
                "passed": result.counts.passed,
                "failed": result.counts.failed,
                "skipped": result.counts.skipped,
                "seconds": round(result.seconds, 1),
                "fault": result.fault,
            }
            for result in results
        },
    }
    path = root / FULL_RESULT
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n")
