"""The step of the demo that runs real tools: what it tells when they run, and that it goes on when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.adapters.memory.processes import MemoryProcessHost
from satchel.base.jsonvalue import JsonValue
from satchel.llm.demo import pipeline
from satchel.llm.demo.tool_results import Outcome
from satchel.llm.provider import ToolCall
from satchel.runtime.command_index import NO_COMMANDS
from satchel.tools.registry import default_registry
from tests.unit.llm.demo.driver import DENIAL, Session, write_tree
from tests.unit.llm.demo.sample_projects import SAMPLE_PROJECTS
from tests.unit.runtime.programs import Workbench, index_of, tools_on

_SAMPLE = SAMPLE_PROJECTS[0]
_INDEX = index_of(["grep", "sort", "head"])


def _session(tmp_path: Path, **more: object) -> Session:
    workspace = tmp_path / "bench" / "workspace"
    bench = Workbench(workspace.parent, host=MemoryProcessHost(tools_on(workspace)), index=_INDEX)
    write_tree(workspace, _SAMPLE.files)
    return Session(workspace, registry=default_registry(_INDEX), commands=bench.runner, **more)  # type: ignore[arg-type]


async def test_the_tools_run_first_and_what_they_found_is_told(tmp_path: Path) -> None:
    report = await _session(tmp_path).ask("Tidy up.")
    assert report.steps[0] == ["Command"]
    assert "a script, not a language model" in report.texts[0]
    assert pipeline.SHOWN in report.texts[0]
    assert "`grep | sort | head` ran side by side" in report.texts[1]
    lines = {path: content.count(b"\n") for path, content in _SAMPLE.files.items()}
    longest = max(lines, key=lambda path: lines[path])
    assert f"The longest text file is `{longest}` with {lines[longest]} lines." in report.texts[1]
    assert report.errors == []
    assert "README.md:7" in report.summary


async def test_they_run_once_in_a_session(tmp_path: Path) -> None:
    session = _session(tmp_path)
    await session.ask()
    second = await session.ask()
    assert "Command" not in second.tools
    assert "docs/method.md:9" in second.summary


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DENIAL, "To run `grep | sort | head` was not allowed, so I go on without."),
        ("Command: grep: command not found.", "could not run here (Command: grep: command not found.)"),
    ],
)
async def test_without_them_the_demo_goes_on(tmp_path: Path, error: str, told: str) -> None:
    def interfere(call: ToolCall) -> str | None:
        return error if call.name == "Command" else None

    report = await _session(tmp_path, interfere=interfere).ask()
    assert told in report.texts[1]
    assert "README.md:7" in report.summary


async def test_where_nothing_is_installed_it_says_so_and_goes_on(tmp_path: Path) -> None:
    session = _session(tmp_path)
    session.commands = Workbench(tmp_path / "none", host=MemoryProcessHost({}), index=NO_COMMANDS).runner
    report = await session.ask()
    assert "No commands are installed here" in report.texts[1]
    assert "README.md:7" in report.summary


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"exitCode": 0, "stdout": "./a b:12\n./c:3\n"}, pipeline.Longest("a b", 12)),
        ({"exitCode": 0, "stdout": "./odd:name:7\n"}, pipeline.Longest("odd:name", 7)),
        ({"exitCode": 0, "stdout": ""}, None),
        ({"exitCode": 0, "stdout": "./empty:0\n"}, None),
        ({"exitCode": 2, "stdout": "./a:1\n"}, None),
        ({"exitCode": 0, "stdout": "nonsense"}, None),
        ({}, None),
        ("text", None),
    ],
)
def test_its_answer_is_read_without_trust(output: JsonValue, expected: pipeline.Longest | None) -> None:
    assert pipeline.longest(Outcome("Command", output, failed=False)) == expected


def test_what_is_shown_is_what_runs() -> None:
    shown = pipeline.SHOWN
    for argv in pipeline.PIPELINE:
        assert argv[0] in shown
    assert [argv[0] for argv in pipeline.PIPELINE] == pipeline.NAMES.split(" | ")
