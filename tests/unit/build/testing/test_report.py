"""The report over all suites, and when a run counts as failed."""

from __future__ import annotations

import json
from pathlib import Path

from satchel_build.testing.full_result import FULL_RESULT, write_full_result
from satchel_build.testing.options import Options
from satchel_build.testing.outcomes import Status, TestOutcome
from satchel_build.testing.report import SuiteResult, report_lines, summary_line
from satchel_build.testing.suites import Kind, Suite

SUITE = Suite("unit", Kind.PYTEST, (), budget_s=10)


def _outcome(status: Status, seconds: float = 0.1, name: str = "test", reason: str = "") -> TestOutcome:
    return TestOutcome("unit", name, status, seconds, reason)


def test_the_last_line_is_plain() -> None:
    passed = SuiteResult(SUITE, [_outcome(Status.PASSED)] * 3, 1)
    assert summary_line([passed]) == "3 passed, 0 failed"
    mixed = SuiteResult(SUITE, [_outcome(Status.FAILED), _outcome(Status.SKIPPED)], 1)
    assert summary_line([passed, mixed]) == "3 passed, 1 failed, 1 skipped"
    slow = SuiteResult(SUITE, [_outcome(Status.PASSED)], 11)
    assert summary_line([slow]) == "1 passed, 0 failed, 1 over budget"


def test_a_suite_fails_by_a_test_by_its_budget_or_by_a_fault() -> None:
    assert not SuiteResult(SUITE, [_outcome(Status.PASSED)], 9.9).failed
    assert SuiteResult(SUITE, [_outcome(Status.FAILED)], 1).failed
    assert SuiteResult(SUITE, [_outcome(Status.PASSED)], 10.1).failed
    assert not SuiteResult(SUITE, [_outcome(Status.PASSED)], 10.1, full=True).failed
    assert SuiteResult(SUITE, [], 1, "no test ran (exit status 1)").failed


def test_a_fault_counts_as_a_failure_in_the_last_line() -> None:
    assert summary_line([SuiteResult(SUITE, [], 1, "no test ran (exit status 1)")]) == "0 passed, 1 failed"


def test_the_table_says_what_is_wrong() -> None:
    slow = SuiteResult(SUITE, [_outcome(Status.PASSED)], 11)
    assert list(report_lines([slow]))[-1].endswith("OVER BUDGET")
    faulty = SuiteResult(SUITE, [], 1, "stopped after 40 s")
    assert list(report_lines([faulty]))[-1].endswith("FAILED: stopped after 40 s")


def test_twenty_slowest_of_all_suites_slowest_first() -> None:
    outcomes = [_outcome(Status.PASSED, seconds=number, name=f"test_{number:02}") for number in range(30)]
    lines = [line for line in report_lines([SuiteResult(SUITE, outcomes, 9)]) if "test_" in line]
    assert [line.split()[-1] for line in lines] == [f"test_{number}" for number in range(29, 9, -1)]


def test_skips_are_shown_by_reason() -> None:
    outcomes = [_outcome(Status.SKIPPED, reason="host only: a process")] * 2 + [_outcome(Status.SKIPPED)]
    text = "\n".join(report_lines([SuiteResult(SUITE, outcomes, 1)]))
    assert "2  unit     host only: a process" in text
    assert "1  unit     no reason given" in text


def test_failures_stand_near_the_end_with_the_end_of_what_they_say() -> None:
    reason = "\n".join(f"line {number}" for number in range(100))
    lines = list(
        report_lines([SuiteResult(SUITE, [_outcome(Status.FAILED, name="test_x", reason=reason)], 1)])
    )
    failed = lines[lines.index("\nFailed") :]
    assert failed[1].split() == ["unit", "test_x"]
    assert (failed[2], failed[26]) == ("    line 75", "    line 99")
    assert failed[27].startswith("\nsuite")


def test_a_full_run_is_kept(tmp_path: Path) -> None:
    result = SuiteResult(SUITE, [_outcome(Status.PASSED)], 1.23)
    write_full_result(tmp_path, Options((SUITE,), full=True, seed=7, select=""), [result])
    record = json.loads((tmp_path / FULL_RESULT).read_text())
    assert record["seed"] == 7
    assert record["suites"]["unit"] == {"passed": 1, "failed": 0, "skipped": 0, "seconds": 1.2, "fault": ""}
