"""Running programs, and what the terminal shows meanwhile."""

import io
import sys
from pathlib import Path

import pytest

from satchel_build.commands import run_command
from satchel_build.environment import pip_detail
from satchel_build.errors import BuildError
from satchel_build.npm_packages import npm_detail
from satchel_build.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_both_output_streams_are_returned(tmp_path: Path) -> None:
    script = "import os, sys; print(os.getcwd(), os.environ['X']); print('warned', file=sys.stderr)"
    output = run_command([sys.executable, "-c", script], cwd=tmp_path, env={"X": "y"})
    assert output.splitlines() == [f"{tmp_path} y", "warned"]


def test_a_failure_shows_the_last_lines_the_command_and_the_remedy(tmp_path: Path) -> None:
    script = "for n in range(90): print('line', n)\nraise SystemExit(3)"
    with pytest.raises(BuildError) as caught:
        run_command([sys.executable, "-c", script], cwd=tmp_path, remedy="Try again.")
    assert "line 64\n" not in caught.value.message
    assert "line 65\n" in caught.value.message
    assert caught.value.message.endswith("failed (exit status 3).")
    assert str(caught.value).endswith("Try again.")


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="`no-such-program` could not be started"):
        run_command(["no-such-program"], cwd=tmp_path)


def test_a_step_shows_what_the_program_says(tmp_path: Path) -> None:
    seen = []
    with Progress(io.StringIO()).step("Working") as step:
        step.update = seen.append  # type: ignore[method-assign]
        run_command(
            [sys.executable, "-c", "print('a'); print('skip'); print('b')"],
            cwd=tmp_path,
            step=step,
            describe=lambda line: None if line == "skip" else line.upper(),
        )
    assert seen == ["A", "B"]


def test_a_log_gets_a_line_at_the_start_and_at_the_end() -> None:
    log = io.StringIO()
    with Progress(log).step("Working"):
        pass
    first, second = log.getvalue().splitlines()
    assert first == "Working …"
    assert second.startswith("Working · ")
    assert second.endswith(" s · done")


def test_a_failed_step_says_so_and_passes_the_error_on() -> None:
    log = io.StringIO()
    with pytest.raises(ValueError, match="broken"), Progress(log).step("Working"):
        raise ValueError("broken")
    assert log.getvalue().endswith(" s · failed\n")


def test_a_terminal_line_is_rewritten_in_place_and_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("satchel_build.progress._TERMINAL_INTERVAL_S", 0.001)
    terminal = Terminal()
    with Progress(terminal).step("Working") as step:
        step.update("x" * 500)
        while "xxx" not in terminal.getvalue():
            pass
    *running, last, rest = terminal.getvalue().replace("\r\x1b[K", "\n").split("\n")
    assert all(len(line) < 80 for line in running)
    assert last.endswith("done")
    assert rest == ""


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        (
            "  Downloading https://host/pkgs/a1/mypy-2.4.1-cp311.whl (13.1 MB)",
            "downloading mypy-2.4.1-cp311.whl (13.1 MB)",
        ),
        ("Using cached ruff-0.17.6.whl (11 MB)", "using cached ruff-0.17.6.whl (11 MB)"),
        ("Installing collected packages: a, b", "unpacking"),
        ("Requirement already satisfied: x", None),
    ],
)
def test_what_pip_prints_becomes_a_detail(line: str, detail: str | None) -> None:
    assert pip_detail(line) == detail


def test_what_npm_prints_becomes_a_detail() -> None:
    assert (
        npm_detail("npm http fetch GET 200 https://host/preact/-/preact-11.2.0.tgz 50ms")
        == "downloaded preact-11.2.0"
    )
    assert npm_detail("npm http fetch GET 200 https://host/preact 50ms") is None
    assert npm_detail("added 40 packages in 2s") is None
