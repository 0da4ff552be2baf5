"""What `build.py test` makes of its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel_build.testing.options import commit_seed, parse_options
from satchel_build.testing.suites import FAST, SUITES

ROOT = Path(__file__).resolve().parents[4]


def test_without_options_every_suite_runs() -> None:
    options = parse_options([], ROOT)
    assert options.suites == SUITES
    assert options.whole
    assert not options.full


def test_suites_keep_their_order_whatever_the_order_of_the_options() -> None:
    options = parse_options(["--suite", "browser", "--suite", "unit"], ROOT)
    assert [suite.name for suite in options.suites] == ["unit", "browser"]
    assert not options.whole


def test_a_selection_does_not_speak_for_the_commit() -> None:
    assert not parse_options(["-k", "walk"], ROOT).whole


def test_fast_is_its_own_selection() -> None:
    assert parse_options(["--fast"], ROOT).suites == FAST


@pytest.mark.parametrize("argv", [["--fast", "--suite", "js"], ["--suite", "none"], ["--ful"]])
def test_a_wrong_call_is_refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(argv, ROOT)
    assert ended.value.code == 2
    assert "usage: build.py test" in capsys.readouterr().err


def test_the_seed_is_the_one_asked_for() -> None:
    assert parse_options(["--seed", "0"], ROOT).seed == 0


def test_outside_a_repository_there_is_a_seed_too(tmp_path: Path) -> None:
    assert commit_seed(tmp_path) == commit_seed(tmp_path) > 0
