"""The hook that takes a sample of each family of like tests, on a small tree of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import families

TREE = {
    "test_ships.py": """
import pytest

@pytest.mark.family("ships", 2)
@pytest.mark.parametrize("number", range(8))
def test_sails(number): pass

@pytest.mark.family("ships", 2)
def test_sinks(): pass

def test_of_no_family(): pass

class TestPier:
    @pytest.mark.family("piers", 1)
    def test_stands(self): pass

    @pytest.mark.family("piers", 1)
    def test_stands_long(self): pass
""",
    "test_boats.py": """
import pytest

@pytest.mark.family("ships", 2)
@pytest.mark.parametrize("number", range(5))
def test_rows(number): pass
""",
    "test_more_ships.py": """
import pytest

@pytest.mark.family("ships", 3)
def test_is_of_another_size(): pass
""",
}
SHIPS = {*(f"test_sails[{number}]" for number in range(8)), "test_sinks"}
PIERS = {"TestPier::test_stands", "TestPier::test_stands_long"}
BOATS = {f"test_rows[{number}]" for number in range(5)}
ALL = {*SHIPS, *PIERS, "test_of_no_family"}

Take = Callable[..., tuple[int, set[str]]]


class Taken:
    """Remembers what a run takes."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without the names of the files."""
        self.names = {item.nodeid.partition("::")[2] for item in session.items}


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Collects in a fresh tree: the exit status, and the tests that are taken."""
    for name, text in TREE.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = family(name, size): as ours\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("SATCHEL_TEST_FULL", raising=False)

    def collect(*arguments: str, seed: int = 7) -> tuple[int, set[str]]:
        monkeypatch.setenv("SATCHEL_TEST_SEED", str(seed))
        taken = Taken()
        options = ("--collect-only", "-q", "--import-mode=importlib", "-p", "no:cacheprovider")
        return int(pytest.main([*options, *arguments], plugins=[families, taken])), taken.names

    return collect


def test_a_usual_run_takes_as_many_of_a_family_as_it_says(take: Take) -> None:
    status, names = take("test_ships.py")
    assert status == 0
    assert (len(names & SHIPS), len(names & PIERS)) == (2, 1)
    assert names - SHIPS - PIERS == {"test_of_no_family"}
    assert take("test_ships.py") == (0, names), "one seed, one sample"
    assert len({frozenset(take("test_ships.py", seed=seed)[1]) for seed in range(8)}) > 1


def test_a_full_run_takes_all(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATCHEL_TEST_FULL", "1")
    assert take("test_ships.py") == (0, ALL)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (("test_ships.py", "-k", "sails"), SHIPS - {"test_sinks"}),
        (("test_ships.py", "-k", "sinks or Pier"), {"test_sinks", *PIERS}),
        (("test_ships.py::test_sails",), SHIPS - {"test_sinks"}),
        (("test_ships.py::TestPier",), PIERS),
        (("./test_ships.py::TestPier::test_stands",), {"TestPier::test_stands"}),
        (tuple(f"test_ships.py::{name}" for name in sorted(ALL)), ALL),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, tuple) else "",
)
def test_what_was_asked_for_is_taken(take: Take, asked: tuple[str, ...], names: set[str]) -> None:
    assert take(*asked) == (0, names)


def test_a_node_id_beside_a_file_adds_to_the_sample(take: Take) -> None:
    for seed in range(4):
        _, names = take("test_boats.py", "test_ships.py::test_sails", seed=seed)
        assert names >= SHIPS - {"test_sinks"}
        assert len(names & BOATS) <= 2


def test_a_family_of_two_sizes_is_an_error(take: Take, capfd: pytest.CaptureFixture[str]) -> None:
    status, _ = take(".")
    assert status == pytest.ExitCode.USAGE_ERROR
    told = capfd.readouterr().err
    assert "family 'ships'" in told
    assert "test_is_of_another_size says 3" in told or "says 2" in told
