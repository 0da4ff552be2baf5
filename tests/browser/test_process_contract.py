"""One contract for all process engines: each case does what it says on every one of them, byte for byte the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.wasi.case_files import Case, all_cases
from tests.conformance.wasi.outcome import Outcome
from tests.conformance.wasi.random_operations import random_case
from tests.support.process_engines import Engines, differences, disagreement
from tests.support.samples import sampler_from_environment

pytestmark = pytest.mark.browser

SAMPLER = sampler_from_environment()
# Taken in turns, so that every case is tried with every few commits; a full run tries all.
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
