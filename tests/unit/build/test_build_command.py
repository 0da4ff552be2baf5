"""`build.py`: which command runs, where, with which arguments and exit status."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from satchel_build import build_command, check
from satchel_build.build_command import run
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Records what would be installed, started and run."""
    seen: list[object] = []

    def module(name: str) -> SimpleNamespace:
        return SimpleNamespace(run=lambda argv: seen.append((name, argv)) or 7)

    monkeypatch.setattr(build_command, "check_tools", lambda: None)
    monkeypatch.setattr(build_command, "_prepare_development", lambda checkout: seen.append("prepared"))
    monkeypatch.setattr(build_command, "ensure_site", lambda checkout, progress: "an-id")
    monkeypatch.setattr(build_command.importlib, "import_module", module)
    monkeypatch.setattr(build_command.os, "execv", lambda path, argv: seen.append(argv) or sys.exit(0))
    return seen


@pytest.mark.parametrize("command", ["check", "test", "bench"])
def test_a_development_command_starts_over_inside_the_environment(
    command: str, calls: list[object], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit):
        run(Checkout(tmp_path), [command, "--fast", "-k", "a b"])
    python, script = tmp_path / ".venv" / "bin" / "python", tmp_path / "build.py"
    assert calls == ["prepared", [str(python), str(script), command, "--fast", "-k", "a b"]]


def test_inside_the_environment_it_gets_all_its_arguments(calls: list[object], tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    assert run(Checkout(tmp_path), ["test", "-h", "site", "--suite", "js"]) == 7
    assert calls == ["prepared", ("satchel_build.testing", ["-h", "site", "--suite", "js"])]


def test_generating_needs_no_environment(calls: list[object], tmp_path: Path) -> None:
    assert run(Checkout(tmp_path), ["generate"]) == 7
    assert calls == [("satchel_build.generated_files", [])]


def test_the_site_is_told_by_its_id(
    calls: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Checkout(tmp_path), ["site"]) == 0
    assert capsys.readouterr().out == "dist/ holds build an-id\n"


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["site", "extra"], ["--fast", "test"]])
def test_a_wrong_call_is_refused_before_anything_is_done(
    argv: list[str], calls: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(Checkout(tmp_path), argv)
    assert caught.value.code == 2
    assert "usage: build.py" in capsys.readouterr().err
    assert calls == []


def test_an_error_is_one_line_and_status_1(
    calls: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise BuildError("No node.", "Get it.")

    monkeypatch.setattr(build_command, "check_tools", fail)
    assert run(Checkout(tmp_path), ["test"]) == 1
    assert capsys.readouterr().err == "build.py: No node. Get it.\n"
    assert calls == []


@pytest.mark.parametrize(
    ("statuses", "expected"), [([True, True], 0), ([False, True], 1), ([True, False], 1)]
)
def test_check_runs_everything_and_fails_if_anything_does(
    statuses: list[bool], expected: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[int] = []

    def step(number: int) -> check.Check:
        return check.Check(f"step {number}", lambda: ran.append(number) or statuses[number])

    monkeypatch.setattr(check, "checks", lambda checkout: [step(0), step(1)])
    assert check.run([]) == expected
    assert ran == [0, 1]
    last = capsys.readouterr().out.splitlines()[-1]
    failed = [f"step {number}" for number, passed in enumerate(statuses) if not passed]
    assert last == (f"check: failed: {', '.join(failed)}" if failed else "check: all passed")


def test_every_check_names_a_program_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def start(argv: tuple[str, ...], **_: object) -> SimpleNamespace:
        started.append(argv[1] if argv[0] == "node" else argv[0])
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(check.subprocess, "run", start)
    monkeypatch.setattr(check.testing, "run", lambda argv: 0 if argv == ["--fast"] else 1)
    assert all(step.passes() for step in check.checks(Checkout(ROOT)))
    assert [Path(path).name for path in started] == ["ruff", "ruff", "lint-imports", "tsc", "tsc", "mypy"]
    assert all(Path(path).is_file() for path in started)
