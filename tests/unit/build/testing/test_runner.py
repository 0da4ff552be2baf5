"""How a suite is started, stopped and judged; the suites here are tiny ones of their own."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from threading import Event, Timer

import pytest

from satchel_build.checkout import Checkout
from satchel_build.testing import runner
from satchel_build.testing.options import Options
from satchel_build.testing.suites import Kind, Suite


class _Here(Checkout):
    """A checkout whose environment is the one that runs this test."""

    @property
    def venv_python(self) -> Path:
        return Path(sys.executable)


def _run(
    root: Path, test: str, budget_s: float = 60, select: str = "", stop: Event | None = None
) -> runner.SuiteResult:
    (root / "tests").mkdir(exist_ok=True)
    (root / "tests" / "test_it.py").write_text(test)
    (root / "pytest.ini").write_text("[pytest]\n")
    suite = Suite("unit", Kind.PYTEST, ("tests", "-p", "no:cacheprovider"), budget_s)
    options = Options((suite,), full=False, seed=3, select=select)
    return runner._run_suite(_Here(root), suite, options, {}, stop or Event())


def test_outcomes_come_from_the_report(tmp_path: Path) -> None:
    result = _run(tmp_path, "def test_a(): pass\ndef test_b(): assert False\n")
    assert (result.counts.passed, result.counts.failed, result.fault) == (1, 1, "")


def test_tests_see_the_seed(tmp_path: Path) -> None:
    result = _run(tmp_path, "import os\ndef test_a(): assert os.environ['SATCHEL_TEST_SEED'] == '3'\n")
    assert not result.failed


@pytest.mark.parametrize(
    ("test", "fault"),
    [("", "no test ran (exit status 5)"), ("import os\nos._exit(9)\n", "no test ran (exit status 9)")],
)
def test_nothing_run_is_a_fault(tmp_path: Path, test: str, fault: str) -> None:
    assert _run(tmp_path, test).fault == fault


def test_nothing_selected_is_none(tmp_path: Path) -> None:
    assert not _run(tmp_path, "def test_a(): pass\n", select="another").failed


@pytest.mark.slow
def test_a_suite_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    marker = tmp_path / "alive"
    child = f"import time; time.sleep(3); open({str(marker)!r}, 'w')"
    test = (
        "import subprocess, sys, time\n"
        f"def test_a():\n    subprocess.Popen([sys.executable, '-c', {child!r}])\n    time.sleep(60)\n"
    )
    started = time.monotonic()
    result = _run(tmp_path, test, budget_s=0.5)
    assert result.fault.startswith("stopped after")
    assert time.monotonic() - started < 20
    time.sleep(3.2)
    assert not marker.exists()


@pytest.mark.slow
def test_a_suite_is_ended_when_the_run_is_to_stop(tmp_path: Path) -> None:
    stop, started = Event(), time.monotonic()
    Timer(1, stop.set).start()
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, "import time\ndef test_a(): time.sleep(60)\n", stop=stop)
    assert time.monotonic() - started < 20
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, "def test_a(): pass\n", stop=stop)
