"""The test suites, as data: what each runs, what must be there first, and how long it may take.

A budget is the wall time in seconds that the suite may take on two shared cores beside the suite of the
other lane, everything installed and built, and a quarter more than that. A lane has thirteen minutes, and ten are the
aim. A suite that needs more is made faster or split, its budget is not raised quietly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = ["FAST", "SUITES", "Kind", "Need", "Suite"]


class Need(Enum):
    """What must be in place before a suite can start, beyond the packages that every suite has."""

    CHROMIUM = "Chromium"
    FIREFOX = "Firefox"
    SITE = "the built site"


class Kind(Enum):
    """The program that runs a suite."""

    PYTEST = "pytest"
    NODE = "node --test"


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite of tests. `arguments` are those of its program; paths are relative to the checkout.

    Suites of one `lane` run one after another, the lanes side by side.
    """

    name: str
    kind: Kind
    arguments: Sequence[str]
    budget_s: float
    needs: frozenset[Need] = frozenset()
    lane: int = 0


# Tests that do whole tasks in the page: import, turn, review, commit.
_TASKS = (
    "tests/browser/test_accessibility.py",
    "tests/browser/test_conflicts.py",
    "tests/browser/test_cut_off_commit.py",
    "tests/browser/test_drops.py",
    "tests/browser/test_end_to_end.py",
    "tests/browser/test_folder_import.py",
    "tests/browser/test_keyboard.py",
    "tests/browser/test_kills.py",
    "tests/browser/test_memory_mode.py",
    "tests/browser/test_plain_hosts.py",
    "tests/browser/test_quota.py",
    "tests/browser/test_run_engines.py",
    "tests/browser/test_shared_profiles.py",
    "tests/browser/test_two_tabs.py",
)

# Programs: all engines, the terminal, the command line. What needs no browser is among the unit tests.
_PROCESSES = (
    "tests/browser/test_process_contract.py",
    "tests/browser/test_file_substance.py",
    "tests/browser/test_command_reload.py",
    "tests/browser/test_kept_boots.py",
    "tests/browser/test_firefox_page.py",
    "tests/browser/test_guest_workers.py",
    "tests/browser/test_process_escapes.py",
    "tests/browser/test_tools_on_engines.py",
    "tests/browser/test_processes.py",
    "tests/browser/test_terminal.py",
    "tests/browser/test_wasi_engine.py",
)

# The plugins of pytest-pyodide and anyio are for others; loaded, they cost start-up time and change collection.
_PLAIN = ("-p", "no:pytest_pyodide", "-p", "no:pytest_pyodide_hook", "-p", "no:anyio")

SUITES: tuple[Suite, ...] = (
    Suite(
        "unit",
        Kind.PYTEST,
        ("tests/unit", "tests/scenario", "tests/contract", "tests/architecture", *_PLAIN),
        budget_s=230,
    ),
    Suite("js", Kind.NODE, ("tests/js/**/*.test.js", "tests/js/**/*.test.mjs"), budget_s=45),
    Suite(
        "pyodide",
        Kind.PYTEST,
        ("tests/pyodide", "-p", "no:anyio", "--runner=playwright", "--rt=chrome"),
        budget_s=90,
        needs=frozenset({Need.CHROMIUM}),
    ),
    Suite(
        "browser",
        Kind.PYTEST,
        ("tests/browser", *(f"--ignore={path}" for path in (*_TASKS, *_PROCESSES)), *_PLAIN),
        budget_s=390,
        needs=frozenset({Need.CHROMIUM, Need.SITE}),
    ),
    Suite(
        "tasks",
        Kind.PYTEST,
        (*_TASKS, *_PLAIN),
        budget_s=310,
        needs=frozenset({Need.CHROMIUM, Need.SITE}),
        lane=1,
    ),
    Suite(
        "processes",
        Kind.PYTEST,
        (*_PROCESSES, *_PLAIN),
        budget_s=430,
        lane=1,
        needs=frozenset({Need.CHROMIUM, Need.FIREFOX, Need.SITE}),
    ),
)

# What `build.py check` runs: no browser, no site, nothing marked slow.
FAST: tuple[Suite, ...] = (
    Suite(
        "fast",
        Kind.PYTEST,
        ("tests/unit", "tests/scenario", "tests/contract", "tests/architecture", "-m", "not slow", *_PLAIN),
        budget_s=40,
    ),
)
