"""Rules about the tests themselves: what Pyodide does not run is little and has a reason; the full result is kept."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from satchel_build.testing.full_result import FULL_RESULT
from satchel_build.testing.suites import FAST, SUITES
from tests.pyodide.shipment import HOST_DIRECTORIES, TREES, WHEELS, host_directory
from tests.support.checkout_files import ROOT, files_below, parsed, text

_HOST_ONLY_SHARE = 0.1
_LEAST_REASON = 8


def _marks(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.host_only":
            yield str(ast.literal_eval(node.args[0]))


def _tests(path: Path) -> int:
    return sum(
        1
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_few_tests_are_kept_from_pyodide_and_each_says_why() -> None:
    files = [path for path in files_below(*TREES, suffix=".py") if not host_directory(path)]
    reasons = [reason for path in files for reason in _marks(path)]
    assert [reason for reason in reasons if len(reason) < _LEAST_REASON] == []
    assert len(reasons) <= max(1, _HOST_ONLY_SHARE * sum(map(_tests, files)))


def test_host_directories_exist_and_are_few() -> None:
    assert len(HOST_DIRECTORIES) <= 3
    assert all(len(reason) >= _LEAST_REASON for reason in HOST_DIRECTORIES.values())
    assert [name for name in HOST_DIRECTORIES if not (ROOT / name).is_dir()] == []


def test_wheels_for_pyodide_are_pinned() -> None:
    lock = text(Path("requirements/dev.lock"))
    assert [name for name in WHEELS if not re.search(rf"^{name}==", lock, re.MULTILINE)] == []


def test_budgets_leave_room_in_ci() -> None:
    for lane in {suite.lane for suite in SUITES}:
        assert sum(suite.budget_s for suite in SUITES if suite.lane == lane) <= 13 * 60
    assert sum(suite.budget_s for suite in FAST) <= 60


def test_every_test_file_belongs_to_a_suite() -> None:
    folders = {word for suite in SUITES for word in suite.arguments if word.startswith("tests/")}
    folders = {folder.partition("/**")[0] for folder in folders}
    homeless = [
        str(path)
        for path in files_below("tests", suffix=".py")
        if path.name.startswith("test_") and not any(path.is_relative_to(folder) for folder in folders)
    ]
    assert homeless == []


def test_last_full_run_was_clean() -> None:
    result = ROOT / FULL_RESULT
    assert result.is_file(), "`python3 build.py test --full` writes it"
    record = json.loads(result.read_text())
    assert set(record) == {"commit", "date", "seed", "python", "suites"}
    suites = record["suites"]
    assert set(suites) == {suite.name for suite in SUITES}
    unclean = [
        name for name, suite in suites.items() if suite["failed"] or suite["fault"] or not suite["passed"]
    ]
    assert unclean == []
