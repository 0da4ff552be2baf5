"""One contract for all process engines: each case does what it says on every one of them, byte for byte the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.wasi.case_files import Case, all_cases
from tests.conformance.wasi.manifest import manifest_of
from tests.conformance.wasi.outcome import Outcome
from tests.conformance.wasi.random_operations import random_case
from tests.support.process_engines import Engines, differences, disagreement
from tests.support.samples import sampler_from_environment

pytestmark = pytest.mark.browser

SAMPLER = sampler_from_environment()
# Drawn by the seed of the commit, so that other commits try other cases; a full run tries all.
CASES_OF_A_RUN = 90
SEQUENCES = 400 if SAMPLER.full else 40
OPERATIONS = 100
SEQUENCES_OF_A_TEST = 10


def _cases() -> list[Case]:
    usual = [case for case in all_cases() if SAMPLER.full or not case.long or case.place == "root"]
    return SAMPLER.sample("process contract", usual, CASES_OF_A_RUN)


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.id)
def test_every_engine_does_what_the_case_says(engines: Engines, case: Case) -> None:
    wrong = disagreement(case, engines)
    assert not wrong, wrong


@pytest.mark.parametrize("first", range(0, SEQUENCES, SEQUENCES_OF_A_TEST))
def test_random_operations_end_as_in_a_directory_of_this_machine(
    engines: Engines, tmp_path: Path, first: int
) -> None:
    for number in range(first, first + SEQUENCES_OF_A_TEST):
        folder = tmp_path / str(number)
        folder.mkdir()
        case = random_case(
            f"{SAMPLER.seed}:{number}", SAMPLER.random(f"operations {number}"), folder, OPERATIONS
        )
        wrong = disagreement(case, engines)
        assert not wrong, f"{case.argv[1]}\n{wrong}"


def test_a_difference_between_engines_is_found() -> None:
    one = Outcome(b"a", b"", 0, 0, "exit", "", {"f": b"x"})
    others = {"code": Outcome(b"a", b"", 1, 0, "exit", "", {"f": b"x"}), "after": Outcome(b"a", code=0)}
    assert differences({"one": one, "same": one}) == []
    assert differences({"one": one, **others}) == [
        "code on code: 1, on one: 0",
        "cause on after: '', on one: 'exit'",
        "after on after: {}, on one: {'f': b'x'}",
    ]


def test_a_difference_in_what_nobody_asked_for_is_found(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"x")
    (tmp_path / "kept").chmod(0o644)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "l").symlink_to("kept")
    (tmp_path / "d").chmod(0o750)
    one = Outcome(manifest=manifest_of(tmp_path))
    assert one.manifest == {
        "d": ("dir", 0o750, b""),
        "d/l": ("link", 0o777, b"kept"),
        "kept": ("file", 0o644, b"x"),
    }
    others = {
        "mode": {**one.manifest, "kept": ("file", 0o600, b"x")},
        "kind": {**one.manifest, "d/l": ("file", 0o777, b"kept")},
        "name": {**one.manifest, "d/m": ("dir", 0o755, b"")},
        "bytes": {**one.manifest, "kept": ("file", 0o644, b"y")},
    }
    assert differences({"one": one, **{name: Outcome(manifest=other) for name, other in others.items()}}) == [
        "on mode kept: file 600 b'x', on one file 644 b'x'",
        "on kind d/l: file 777 b'kept', on one link 777 b'kept'",
        "on name d/m: dir 755 b'', on one nothing",
        "on bytes kept: file 644 b'y', on one file 644 b'x'",
    ]
