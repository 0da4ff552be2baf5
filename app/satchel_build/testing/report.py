"""What a person reads after the tests: skips, the slowest tests, failures, a line for each suite, one for the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from satchel_build.testing.outcomes import Counts, Status, TestOutcome, count
from satchel_build.testing.suites import Suite

__all__ = ["SuiteResult", "report_lines", "summary_line"]

SLOWEST = 20
_LINES_OF_A_FAILURE = 25


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """How a suite ended. `fault` says what is wrong beyond failed tests (no test ran, a crash), "" for nothing."""

    suite: Suite
    outcomes: Sequence[TestOutcome]
    seconds: float
    fault: str = ""
    full: bool = False

    @property
    def counts(self) -> Counts:
        """Its tests by status."""
        return count(self.outcomes)

    @property
    def over_budget(self) -> bool:
        """Whether it took longer than it may; budgets are for usual runs."""
        return not self.full and self.seconds > self.suite.budget_s

    @property
    def failed(self) -> bool:
        """Whether it makes the whole run fail."""
        return self.counts.failed > 0 or self.over_budget or self.fault != ""


def report_lines(results: Sequence[SuiteResult]) -> Iterator[str]:
    """The report, without the last line."""
    outcomes = [outcome for result in results for outcome in result.outcomes]
    yield from _skips(outcomes)
    slowest = sorted(outcomes, key=lambda outcome: -outcome.seconds)[:SLOWEST]
    if slowest:
        yield f"\nSlowest {len(slowest)} tests"
        for outcome in slowest:
            yield f"  {outcome.seconds:7.2f} s  {outcome.suite:8} {outcome.name}"
    yield from _failures(outcomes)
    yield "\nsuite     passed  failed  skipped     time   budget"
    for result in results:
        counts = result.counts
        row = f"{result.suite.name:8} {counts.passed:7} {counts.failed:7} {counts.skipped:8}"
        yield f"{row} {result.seconds:7.1f}s {result.suite.budget_s:7.0f}s{_verdict(result)}"


def summary_line(results: Sequence[SuiteResult]) -> str:
    """The last line: `N passed, N failed`, and `, N skipped`, `, N over budget` where some were.

    A suite's fault counts as a failure.
    """
    total = count(outcome for result in results for outcome in result.outcomes)
    failed = total.failed + sum(1 for result in results if result.fault)
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    slow = sum(1 for result in results if result.over_budget)
    over = f", {slow} over budget" if slow else ""
    return f"{total.passed} passed, {failed} failed{skipped}{over}"


def _verdict(result: SuiteResult) -> str:
    if result.fault:
        return f"  FAILED: {result.fault}"
    if result.counts.failed:
        return "  FAILED"
    return "  OVER BUDGET" if result.over_budget else ""


def _skips(outcomes: Sequence[TestOutcome]) -> Iterator[str]:
    """Skipped tests by reason: a skip that nobody sees is a test that is not there."""
    reasons: dict[tuple[str, str], int] = {}
    for outcome in outcomes:
        if outcome.status is Status.SKIPPED:
            key = (outcome.suite, outcome.reason or "no reason given")
            reasons[key] = reasons.get(key, 0) + 1
    if reasons:
        yield "\nSkipped"
        for (suite, reason), number in sorted(reasons.items()):
            yield f"  {number:4}  {suite:8} {reason}"


def _failures(outcomes: Sequence[TestOutcome]) -> Iterator[str]:
    """Failed tests with the end of what they say: whoever keeps only the tail of a log has the reason."""
    failed = [outcome for outcome in outcomes if outcome.status is Status.FAILED]
    if failed:
        yield "\nFailed"
        for outcome in failed:
            yield f"  {outcome.suite:8} {outcome.name}"
            yield from (f"    {line}" for line in outcome.reason.splitlines()[-_LINES_OF_A_FAILURE:])
