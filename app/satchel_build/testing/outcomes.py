"""Test outcomes as both pytest and node report them: JUnit XML."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

__all__ = ["Counts", "Status", "TestOutcome", "count", "read_junit"]


class Status(Enum):
    """How one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """One test: where it is from, how it ended, how long it took, and why, if it did not pass."""

    __test__ = False  # The name is the term; pytest must not collect it.

    suite: str
    name: str
    status: Status
    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tests ended in which way."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.skipped


def count(outcomes: Iterable[TestOutcome]) -> Counts:
    """Count the outcomes by status."""
    statuses = [outcome.status for outcome in outcomes]
    return Counts(*(statuses.count(status) for status in (Status.PASSED, Status.FAILED, Status.SKIPPED)))


def read_junit(suite: str, report: Path) -> Sequence[TestOutcome]:
    """The outcomes in one report. Raises OSError or ValueError for a report that is missing or cut short."""
    try:
        root = ElementTree.parse(report).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"{report.name} is no JUnit report: {error}") from error
    return [_outcome(suite, case) for case in root.iter("testcase")]


def _outcome(suite: str, case: ElementTree.Element) -> TestOutcome:
    status, reason = Status.PASSED, ""
    problem = next((found for tag in ("failure", "error") if (found := case.find(tag)) is not None), None)
    skipped = case.find("skipped")
    if problem is not None:
        status, reason = Status.FAILED, problem.text or problem.get("message") or ""
    elif skipped is not None:
        status, reason = Status.SKIPPED, skipped.get("message") or ""
    # Node writes "test" where pytest writes the dotted module.
    scope = case.get("file") or case.get("classname") or ""
    name = case.get("name", "")
    full = name if scope in ("", "test") else f"{scope}::{name}"
    return TestOutcome(suite, full, status, float(case.get("time", "0")), reason)
