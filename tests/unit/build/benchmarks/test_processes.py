"""What the process benchmark does by itself: its rounds, its workload, its commands, and the native twin."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from satchel_build.benchmarks import native_programs, operations
from satchel_build.benchmarks.native_programs import NativePrograms
from satchel_build.benchmarks.operations import COMMANDS, OPERATIONS, PIPE, SPAWN, ToolCommand, unit_of
from satchel_build.benchmarks.peer_programs import first_line
from satchel_build.benchmarks.processes import TARGETS, measure_rounds
from satchel_build.benchmarks.report import write_result
from satchel_build.benchmarks.samples import Measurement
from satchel_build.benchmarks.workload import NEEDLE, TREE_FILES, TREE_HITS, tree_files, write_workload
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

PEER_LOCK = Path(native_programs.__file__).with_name("peer") / "package-lock.json"


class _Place:
    """Gives the number of its call as a sample; knows one operation."""

    def __init__(self, name: str, known: str, calls: list[tuple[str, str]]) -> None:
        self.name = name
        self._known = known
        self._calls = calls

    def measure(self, operation: str) -> Sequence[float]:
        """See `Place.measure`."""
        if operation != self._known:
            return []
        self._calls.append((self.name, operation))
        return [float(len(self._calls))]


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workload")
    write_workload(folder)
    return folder


def test_targets_are_those_of_the_milestone() -> None:
    assert [(target.title, target.sense, target.limit) for target in TARGETS] == [
        ("spawn to exit, tab / spawn to exit, native", "at most", 0.5),
        ("spawn to exit, awaited from Python, tab", "at most", 1),
        ("pipe, tab", "at least", 2),
        ("stat of 10k files, tab", "at most", 300),
        ("grep -r over 10k files, tab / grep -r over 10k files, native", "at most", 5),
        ("spawn to exit, server", "at most", 1),
    ]


def test_places_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[tuple[str, str]] = []
    places = [_Place("a", SPAWN, calls), _Place("b", SPAWN, calls), _Place("c", PIPE, calls)]
    samples = measure_rounds(places, 2, Progress(io.StringIO()))
    assert calls == [("a", SPAWN), ("b", SPAWN), ("c", PIPE)] * 3
    assert samples == {f"{SPAWN}, a": [4, 7], f"{SPAWN}, b": [5, 8], f"{PIPE}, c": [6, 9]}


def test_units() -> None:
    assert {unit_of(operation) for operation in OPERATIONS if operation != PIPE} == {"ms"}
    assert unit_of(PIPE) == "GB/s"


def test_the_workload_is_the_same_each_time(workload: Path) -> None:
    files = sorted(str(path.relative_to(workload)) for path in (workload / "tree").rglob("*.py"))
    assert files == tree_files() and len(files) == TREE_FILES
    contents = [(workload / name).read_bytes() for name in files]
    assert sum(NEEDLE.encode() in content for content in contents) == TREE_HITS
    assert 10_000_000 < sum(map(len, contents)) < 30_000_000
    assert (workload / "big").stat().st_size == 100_000_000


@pytest.mark.skipif(shutil.which("split") is None, reason="the native tools are those of Linux")
def test_the_native_twin_does_every_operation(workload: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_programs, "_SPAWNS", 3)
    monkeypatch.setattr(native_programs, "SEQUENCE_SPAWNS", 3)
    monkeypatch.setattr(native_programs, "PIPE_BLOCKS", 16)
    native = NativePrograms(workload)
    counts = {operation: len(native.measure(operation)) for operation in OPERATIONS}
    assert counts == dict.fromkeys(OPERATIONS, 1) | {SPAWN: 3, operations.SPAWN_AWAITED: 0}
    assert len(list((workload / "made").iterdir())) == TREE_FILES


@pytest.mark.parametrize(("status", "output"), [(1, b"a\n"), (0, b""), (0, b"a\nb\n")])
def test_a_command_that_did_something_else_is_no_measurement(status: int, output: bytes) -> None:
    command = ToolCommand(("tool",), 1)
    command.check("here", 0, b"a\n")
    with pytest.raises(BuildError, match="here"):
        command.check("here", status, output)


def test_a_command_that_made_too_few_files_is_no_measurement(tmp_path: Path) -> None:
    command = COMMANDS["write of 10k files"]
    command.prepare(tmp_path)
    (tmp_path / "made" / "piece-aaaa").touch()
    with pytest.raises(BuildError, match="too few"):
        command.check_made(tmp_path)
    command.prepare(tmp_path)
    assert list((tmp_path / "made").iterdir()) == []


def test_what_a_peer_refuses_is_kept(tmp_path: Path) -> None:
    refusals = {"wasmer sdk": {PIPE: first_line("Page.evaluate: Error: no\n    at x.js")}}
    measured = {PIPE: Measurement(PIPE, "GB/s", (1.0,))}
    record = json.loads(write_result(tmp_path, "processes", "Chromium 1", measured, [], refusals).read_text())
    assert record["refusals"] == {"wasmer sdk": {PIPE: "Error: no"}}


def test_the_peer_is_pinned_by_hash_and_no_part_of_the_site() -> None:
    packages = json.loads(PEER_LOCK.read_text(encoding="utf-8"))["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert "node_modules/@wasmer/sdk" in packages
    site = (PEER_LOCK.parents[4] / "package-lock.json").read_text(encoding="utf-8")
    assert "wasmer" not in site
