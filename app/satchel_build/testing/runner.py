"""Prepares what the chosen suites need, runs them in two lanes side by side and reports.

A browser test mostly waits, so one lane leaves half of a machine with two cores idle. More than two would make tests
slow because their neighbours are busy. What a suite prints is shown in one piece when it is done.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.progress import Progress
from satchel_build.site_build import ensure_site
from satchel_build.testing.chromium import CHROMIUM
from satchel_build.testing.firefox import FIREFOX
from satchel_build.testing.full_result import write_full_result
from satchel_build.testing.options import Options, parse_options
from satchel_build.testing.outcomes import TestOutcome, read_junit
from satchel_build.testing.report import SuiteResult, report_lines, summary_line
from satchel_build.testing.suites import Kind, Need, Suite

__all__ = ["run"]

_ROOT = Path(__file__).resolve().parents[3]
_PYTEST_NOTHING_COLLECTED = 5
# A suite over its budget fails but is let run, so that its slow tests can be seen; one that hangs is stopped. A full
# run is held to no budget.
_PATIENCE = 4.0
_PATIENCE_IN_FULL = 20.0
_LOOK_SECONDS = 0.5


def run(argv: Sequence[str]) -> int:
    """Run the tests as `argv` asks and return the exit status: 0 only if all passed, each suite within its budget.

    Runs inside `.venv` with the `dev` packages and `node_modules` in place; `build.py` sees to that. The last line
    printed is `N passed, N failed`, followed by `, N skipped` if some were.
    """
    checkout = Checkout(_ROOT)
    options = parse_options(argv, checkout.root)
    progress = Progress(sys.stderr)
    try:
        browsers = _prepare(checkout, options.suites, progress)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Seed of the samples: {options.seed}{' (all cases: --full)' if options.full else ''}", flush=True)
    results = _run_lanes(checkout, options, browsers)
    for line in report_lines(results):
        print(line)
    if options.full and options.whole:
        write_full_result(checkout.root, options, results)
    print(summary_line(results), flush=True)
    return 1 if any(result.failed for result in results) else 0


def _prepare(checkout: Checkout, suites: Sequence[Suite], progress: Progress) -> Mapping[str, str]:
    """Put in place what the suites need; the variables that name the browsers that they want."""
    needs = frozenset(need for suite in suites for need in suite.needs)
    wanted = {Need.CHROMIUM: CHROMIUM, Need.FIREFOX: FIREFOX}
    browsers = {
        browser.variable: browser.ensure(progress) for need, browser in wanted.items() if need in needs
    }
    if Need.SITE in needs:
        ensure_site(checkout, progress)
    return browsers


def _run_lanes(checkout: Checkout, options: Options, browsers: Mapping[str, str]) -> list[SuiteResult]:
    """Run the suites of each lane in their order, the lanes at once; the results in the order of the suites."""
    lanes: dict[int, list[Suite]] = {}
    for suite in options.suites:
        lanes.setdefault(suite.lane, []).append(suite)

    stop = Event()

    def run_lane(suites: list[Suite]) -> list[SuiteResult]:
        return [_run_suite(checkout, suite, options, browsers, stop) for suite in suites]

    with ThreadPoolExecutor(len(lanes)) as pool:
        running = pool.map(run_lane, lanes.values())
        try:
            results = [result for lane in running for result in lane]
        except BaseException:
            # Ctrl-C is heard by this thread alone, and leaving the block waits for the lanes.
            stop.set()
            raise
    return sorted(results, key=lambda result: options.suites.index(result.suite))


def _run_suite(
    checkout: Checkout, suite: Suite, options: Options, browsers: Mapping[str, str], stop: Event
) -> SuiteResult:
    """Run one suite to its end. Raises KeyboardInterrupt, with nothing left of it, once `stop` is set."""
    reports = checkout.state / "test-results" / suite.name
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    argv = _command(checkout, suite, options, reports)
    environment = {
        **os.environ,
        "SATCHEL_TEST_SEED": str(options.seed),
        "SATCHEL_TEST_FULL": "1" if options.full else "",
        "SATCHEL_TEST_REPORTS": str(reports),
        "SATCHEL_TEST_SELECT": options.select,
        **browsers,
    }
    print(f"== {suite.name} begins (budget {suite.budget_s:.0f} s)", flush=True)
    output = reports / "output.txt"
    started = time.monotonic()
    patience_s = suite.budget_s * (_PATIENCE_IN_FULL if options.full else _PATIENCE)
    status = _run_to_end(argv, checkout.root, environment, patience_s, output, stop)
    seconds = time.monotonic() - started
    print(f"\n== {suite.name} ({seconds:.0f} s)\n{output.read_text(errors='replace')}", flush=True)
    if status is None:
        return SuiteResult(
            suite, _collect(suite, reports, 0, True)[0], seconds, f"stopped after {seconds:.0f} s"
        )
    outcomes, fault = _collect(suite, reports, status, bool(options.select))
    return SuiteResult(suite, outcomes, seconds, fault, options.full)


def _run_to_end(
    argv: Sequence[str],
    root: Path,
    environment: Mapping[str, str],
    patience_s: float,
    output: Path,
    stop: Event,
) -> int | None:
    """The exit status of `argv`, which writes to `output`; None if it took too long.

    Then, and when `stop` is set, it is ended with all its children (a browser, a server). Raises KeyboardInterrupt for
    the latter.
    """
    deadline = time.monotonic() + patience_s
    with (
        output.open("wb") as sink,
        subprocess.Popen(
            argv, cwd=root, env=environment, start_new_session=True, stdout=sink, stderr=subprocess.STDOUT
        ) as process,
    ):
        while not stop.is_set():
            try:
                return process.wait(_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    os.killpg(process.pid, signal.SIGKILL)
                    return None
        os.killpg(process.pid, signal.SIGTERM)
        raise KeyboardInterrupt


def _command(checkout: Checkout, suite: Suite, options: Options, reports: Path) -> list[str]:
    if suite.kind is Kind.PYTEST:
        select = ["-k", options.select] if options.select else []
        python = str(checkout.venv_python)
        report = f"--junitxml={reports / 'pytest.xml'}"
        # A directory that no milestone has filled yet is no error; an empty suite is one, see _collect.
        arguments = [
            word
            for word in suite.arguments
            if not word.startswith("tests/") or (checkout.root / word).exists()
        ]
        # xunit1 is the form that takes what tests record (`record_property`).
        return [python, "-m", "pytest", "-q", "-o", "junit_family=xunit1", report, *arguments, *select]
    select = ["--test-name-pattern", options.select] if options.select else []
    files = sorted(str(path.relative_to(checkout.root)) for path in _matching(checkout.root, suite.arguments))
    reporters = ["--test-reporter=dot", "--test-reporter-destination=stdout"]
    junit = ["--test-reporter=junit", f"--test-reporter-destination={reports / 'node.xml'}"]
    return ["node", "--test", *reporters, *junit, *select, *files]


def _matching(root: Path, patterns: Sequence[str]) -> list[Path]:
    # Node 20 does not expand patterns itself.
    return [path for pattern in patterns for path in root.glob(pattern)]


def _collect(suite: Suite, reports: Path, status: int, selected: bool) -> tuple[list[TestOutcome], str]:
    """The outcomes in the reports, and what is wrong beyond them."""
    outcomes: list[TestOutcome] = []
    try:
        for report in sorted(reports.glob("*.xml")):
            outcomes.extend(read_junit(suite.name, report))
    except ValueError as error:
        return outcomes, str(error)
    nothing = not outcomes
    if nothing and selected and status in (0, _PYTEST_NOTHING_COLLECTED):
        return outcomes, ""
    if nothing:
        return outcomes, f"no test ran (exit status {status})"
    if status != 0 and not any(outcome.status.value == "failed" for outcome in outcomes):
        return outcomes, f"exit status {status} though no test failed"
    return outcomes, ""
