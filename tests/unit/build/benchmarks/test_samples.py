"""Percentiles and targets of benchmarks, and the record that is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from satchel_build.benchmarks import runner
from satchel_build.benchmarks.boot import TARGETS
from satchel_build.benchmarks.report import result_lines, write_result
from satchel_build.benchmarks.samples import Measurement, Target, percentile

MEASUREMENTS = {
    "bare": Measurement("bare", "ms", (1000.0, 2000.0, 3000.0)),
    "ours": Measurement("ours", "ms", (900.0, 800.0, 1000.0)),
    "rate": Measurement("rate", "files/s", (1500.0,)),
}


def test_percentile_is_a_sample_that_was_taken() -> None:
    samples = [float(number) for number in range(100, 0, -1)]
    assert percentile(samples, 0.5) == 50
    assert percentile(samples, 0.95) == 95
    assert percentile([7.0], 0.95) == 7
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_a_target_may_be_a_ratio() -> None:
    target = Target("ours", "at most", 0.45, "", per="bare")
    assert target.value(MEASUREMENTS) == 0.45
    assert target.met(MEASUREMENTS)
    assert not Target("ours", "at most", 0.44, "", per="bare").met(MEASUREMENTS)


def test_a_target_may_be_a_least_rate() -> None:
    assert Target("rate", "at least", 1500, "files/s").met(MEASUREMENTS)
    assert not Target("rate", "at least", 1501, "files/s").met(MEASUREMENTS)


def test_the_table_marks_what_was_missed() -> None:
    targets = [Target("ours", "at most", 1, "ms"), Target("rate", "at least", 1, "files/s")]
    verdicts = [line.split()[-1] for line in result_lines(MEASUREMENTS, targets) if "at " in line]
    assert verdicts == ["MISSED", "met"]


def test_every_sample_is_kept(tmp_path: Path) -> None:
    path = write_result(tmp_path, "boot", "Chromium 1", MEASUREMENTS, [])
    assert path == tmp_path / "docs/bench/boot.json"
    record = json.loads(path.read_text())
    assert record["measurements"]["ours"]["samples"] == [900, 800, 1000]
    assert record["measurements"]["ours"]["p50"] == 900


def test_boot_is_held_against_the_targets_of_its_milestone() -> None:
    assert [(target.title, target.limit) for target in TARGETS] == [
        ("snapshot / bare warm", 0.6),
        ("first paint, cold", 150),
        ("first paint, snapshot", 150),
        ("durable append", 1),
        ("import of 300 files", 1000),
        ("import of 5000 files", 1000),
    ]


def test_without_a_name_benchmarks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.run([]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["boot", "processes"]
