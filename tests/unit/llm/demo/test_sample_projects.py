"""On any project: one turn ends, and changes exactly what it should."""

from __future__ import annotations

from pathlib import Path

from satchel.base.limits import ToolLimits
from satchel.llm.demo.speech import REVIEW
from satchel.llm.provider import Done
from tests.support.samples import Sampler
from tests.unit.llm.demo.driver import Session, TurnReport, read_tree, write_tree
from tests.unit.llm.demo.sample_projects import SAMPLE_PROJECTS, SampleProject

_PER_RUN = 6


async def _first_turn(project: SampleProject, root: Path) -> TurnReport:
    root.mkdir()
    write_tree(root, project.files)
    return await Session(root).ask()


async def test_a_turn_changes_one_place_and_nothing_else_and_says_so(
    tmp_path: Path, sampler: Sampler
) -> None:
    for number, project in enumerate(sampler.sample("demo projects", SAMPLE_PROJECTS, _PER_RUN)):
        root = tmp_path / str(number)
        report = await _first_turn(project, root)
        assert read_tree(root) == project.after, project.name
        assert report.end == Done("end"), project.name
        assert report.errors == [], project.name
        changed = project.after != project.files
        assert project.place in report.summary, project.name
        assert (REVIEW in report.summary) == changed, project.name
        assert ("changed nothing" in report.summary) != changed, project.name


async def test_the_steps_are_explore_find_edit_check_sum_up(tmp_path: Path) -> None:
    report = await _first_turn(SAMPLE_PROJECTS[0], tmp_path / "sample")
    assert report.steps == [
        ["ListDir", "Glob", "Grep"],
        ["Grep", "Read"],
        ["Read"],
        ["Edit"],
        ["Read", "Grep"],
    ]
    assert all(report.texts)
    assert "a script, not a language model" in report.texts[0]
    assert "**Before:** `The prediction is seperate" in report.summary
    assert "**After:** `The prediction is separate" in report.summary


async def test_the_task_is_quoted_shortly_and_on_one_line(tmp_path: Path) -> None:
    report = await Session(tmp_path).ask("Please\nfix \u202eall " + "of it " * 50)
    assert "“Please fix \\u202eall of it" in report.texts[0]
    assert len(report.texts[0]) < 600


async def test_a_listing_that_was_cut_gives_no_numbers(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"many/{number}.txt": b"Fine.\n" for number in range(12)})
    report = await Session(tmp_path, limits=ToolLimits(glob_scanned=10)).ask()
    assert "more than 10 files" in " ".join(report.texts)
    assert b"- `many/`\n" in (tmp_path / "README.md").read_bytes()
