"""More turns in one session, and what goes wrong in a turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.llm.demo.script import TOOLS
from satchel.llm.provider import Done, ToolCall
from tests.support.samples import Sampler
from tests.unit.llm.demo.driver import DENIAL, Session, read_tree, write_tree
from tests.unit.llm.demo.sample_projects import SAMPLE_PROJECTS

_SAMPLE = SAMPLE_PROJECTS[0]
_FAILURE = "{}: the disk is full. Make room."


async def test_each_turn_finds_the_next_improvement_until_none_is_left(tmp_path: Path) -> None:
    write_tree(tmp_path, _SAMPLE.files)
    session = Session(tmp_path)
    places = ["README.md:7", "docs/method.md:9", "tides/predict.py:11", "README.md:13"]
    for place in places:
        assert place in (await session.ask("go on")).summary
    before = read_tree(tmp_path)
    assert before["docs/method.md"].count(b"has occurred near") == 1
    assert before["tides/predict.py"].count(b"    if constants is None:\n") == 1
    assert before["README.md"].count(b"## Project layout") == 1
    for _ in range(2):
        report = await session.ask("go on")
        assert report.end == Done("end")
        assert "changed nothing" in report.summary
        assert not {"Edit", "Write"} & set(report.tools)
    assert read_tree(tmp_path) == before


async def test_only_the_first_turn_introduces_the_demo_at_length(tmp_path: Path) -> None:
    session = Session(tmp_path)
    first, second = await session.ask(), await session.ask()
    assert "a script, not a language model" in first.texts[0]
    assert second.texts[0].startswith("Still the scripted demo")


@pytest.mark.parametrize("project", [_SAMPLE, SAMPLE_PROJECTS[6]], ids=lambda project: project.name)
async def test_what_the_user_took_back_is_not_done_again(tmp_path: Path, project: object) -> None:
    assert isinstance(project, type(_SAMPLE))
    write_tree(tmp_path, project.files)
    session = Session(tmp_path)
    await session.ask()
    for path in tmp_path.rglob("README.md"):
        path.unlink()
    write_tree(tmp_path, project.files)
    await session.ask()
    after = read_tree(tmp_path)
    assert {path for path in after if after[path] != project.files.get(path)} <= {"docs/method.md"}


@pytest.mark.parametrize("tool", ["ListDir", "Glob", "Grep", "Read", "Edit"])
async def test_a_denial_ends_the_turn(tmp_path: Path, tool: str) -> None:
    write_tree(tmp_path, _SAMPLE.files)
    session = Session(tmp_path, lambda call: DENIAL if call.name == tool else None)
    report = await session.ask()
    assert report.end == Done("end")
    assert report.tools.count(tool) == 1
    assert f"{tool} was not allowed" in report.summary
    assert "No file was changed" in report.summary
    assert read_tree(tmp_path) == _SAMPLE.files


async def test_a_denied_check_says_what_was_changed_before(tmp_path: Path) -> None:
    write_tree(tmp_path, _SAMPLE.files)
    edited: list[ToolCall] = []

    def deny_after_edit(call: ToolCall) -> str | None:
        if call.name == "Edit":
            edited.append(call)
            return None
        return DENIAL if edited else None

    summary = (await Session(tmp_path, deny_after_edit).ask()).summary
    assert "Changed before that: `README.md`. I could not check it." in summary
    assert "waiting in Changes" in summary


async def test_after_a_failed_edit_the_next_file_is_tried(tmp_path: Path) -> None:
    write_tree(tmp_path, _SAMPLE.files)

    def fail(call: ToolCall) -> str | None:
        is_readme = call.input.get("file_path") == "/workspace/README.md"
        return _FAILURE.format("Edit") if call.name == "Edit" and is_readme else None

    report = await Session(tmp_path, fail).ask()
    assert report.tools.count("Edit") == 2
    assert "docs/method.md:9" in report.summary


async def test_after_three_failed_edits_it_gives_up_and_says_why(tmp_path: Path) -> None:
    write_tree(tmp_path, _SAMPLE.files)
    fail = _FAILURE.format("Edit")
    report = await Session(tmp_path, lambda call: fail if call.name == "Edit" else None).ask()
    assert report.tools.count("Edit") == 3
    assert "the disk is full" in report.summary
    assert "No file was changed" in report.summary
    assert read_tree(tmp_path) == _SAMPLE.files


@pytest.mark.parametrize("tool", TOOLS)
async def test_a_tool_that_never_works_changes_nothing_it_cannot_check(tmp_path: Path, tool: str) -> None:
    write_tree(tmp_path, _SAMPLE.files)
    fail = _FAILURE.format(tool)
    report = await Session(tmp_path, lambda call: fail if call.name == tool else None).ask()
    assert report.end == Done("end")
    changed = {path for path, data in read_tree(tmp_path).items() if data != _SAMPLE.files.get(path)}
    assert len(changed) <= 1


async def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    write_tree(tmp_path, _SAMPLE.files)
    other = b"somebody else was here\n"

    def meddle(call: ToolCall) -> None:
        if call.name == "Edit":
            (tmp_path / "README.md").write_bytes(other)

    report = await Session(tmp_path, meddle).ask()
    assert (tmp_path / "README.md").read_bytes() == other
    assert "docs/method.md:9" in report.summary
    assert any("was not found in /workspace/README.md" in error for error in report.errors)


async def test_a_check_that_finds_other_text_is_not_called_good(tmp_path: Path) -> None:
    write_tree(tmp_path, _SAMPLE.files)
    edited: list[ToolCall] = []

    def meddle(call: ToolCall) -> None:
        if edited:
            (tmp_path / "README.md").write_bytes(_SAMPLE.files["README.md"])
        if call.name == "Edit":
            edited.append(call)

    assert "does not read as intended" in (await Session(tmp_path, meddle).ask()).summary


async def test_any_mix_of_failures_ends(tmp_path: Path, sampler: Sampler) -> None:
    chance = sampler.random("demo failures")

    def interfere(call: ToolCall) -> str | None:
        dice = chance.random()
        if dice < 0.03:
            return DENIAL
        return _FAILURE.format(call.name) if dice < 0.3 else None

    for number in range(8):
        project = chance.choice([sample for sample in SAMPLE_PROJECTS if sample.name != "huge file"])
        root = tmp_path / str(number)
        root.mkdir()
        write_tree(root, project.files)
        session = Session(root, interfere)
        for _ in range(2):
            before = read_tree(root)
            report = await session.ask()
            after = read_tree(root)
            assert report.end == Done("end")
            assert sum(before.get(path) != data for path, data in after.items()) <= 1
