"""Shows a benchmark's result and keeps it, with every raw sample, in the repository."""

import datetime
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from satchel_build.benchmarks.samples import Measurement, Target
from satchel_build.testing.options import head_commit

__all__ = ["result_lines", "write_result"]

_DIGITS = 4


def result_lines(measurements: Mapping[str, Measurement], targets: Sequence[Target]) -> Iterator[str]:
    """Two tables: the measurements, and the targets with what was reached."""
    yield f"{'measurement':50} {'n':>5} {'min':>9} {'p50':>9} {'p95':>9}"
    for each in measurements.values():
        figures = " ".join(f"{figure:9.2f}" for figure in (min(each.samples), each.p50, each.p95))
        yield f"{each.name:50} {len(each.samples):5} {figures} {each.unit}"
    yield f"\n{'target':76} {'reached':>9}"
    for target in targets:
        verdict = "met" if target.met(measurements) else "MISSED"
        wanted = f"{target.sense} {target.limit:g} {target.unit}".rstrip()
        yield f"{f'{target.title} {wanted}':76} {target.value(measurements):9.2f}  {verdict}"


def write_result(
    root: Path,
    name: str,
    browser: str,
    measurements: Mapping[str, Measurement],
    targets: Sequence[Target],
    refusals: Mapping[str, Mapping[str, str]] | None = None,
) -> Path:
    """Write `docs/bench/<name>.json` below `root`; returns its path. `refusals` says, by place and operation, why there
    is no figure.
    """
    record = {
        "benchmark": name,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": head_commit(root),
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.system(),
            "machine": platform.machine(),
            "load": [round(load, 2) for load in os.getloadavg()],
        },
        "browser": browser,
        "targets": [
            {
                "target": f"{target.title} {target.sense} {target.limit:g} {target.unit}".rstrip(),
                "reached": round(target.value(measurements), _DIGITS),
                "met": target.met(measurements),
            }
            for target in targets
        ],
        "measurements": {
            each.name: {
                "unit": each.unit,
                "p50": round(each.p50, _DIGITS),
                "p95": round(each.p95, _DIGITS),
                "samples": [round(sample, _DIGITS) for sample in each.samples],
            }
            for each in measurements.values()
        },
    }
    if refusals is not None:
        record["refusals"] = {place: dict(why) for place, why in refusals.items()}
    path = root / "docs" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    return path
