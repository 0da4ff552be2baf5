"""Actions: what each asks of the agent, and that nonsense is refused."""

from __future__ import annotations

import asyncio

import pytest

from satchel.base.errors import InputError
from satchel.permission.grant import Grant
from satchel.permission.request import Capability
from satchel.ui.actions import ACTIONS
from satchel.ui.effects import Download, DraftAccepted, Focus
from satchel.workspace.commit_report import CommitReport, Conflict
from satchel.workspace.import_plan import ImportOptions, ImportPlan
from tests.unit.ui.stand_in import (
    OTHER_SESSION,
    SESSION,
    Stage,
    StandIn,
    find,
    project_with_changes,
    question,
    text_of,
)


class Target:
    """A folder that is only named."""

    name = "real-folder"
    keeps_modes = True


class Source:
    """A source that only knows its name and whether it was closed."""

    name = "dropped"
    kind = "folder"

    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


class EndlessScan(StandIn):
    """An agent that looks through a source until it is stopped, unless it has a plan already."""

    async def plan_import(self, source: object, options: ImportOptions) -> ImportPlan:
        self._note("plan_import", source)
        if self.plan is not None:
            return self.plan
        try:
            await asyncio.Event().wait()
        finally:
            self._note("scan ended", source)
        raise AssertionError("nothing ends it but a cancel")


def plan_of(source: Source, **changes: object) -> ImportPlan:
    values: dict[str, object] = {
        "source": source, "options": ImportOptions(), "entries": (), "files": 3, "bytes": 12, "ignored": (),
        "ignored_count": 0, "ignored_groups": (), "too_big": (), "refused": (), "warnings": (), "blocked": None,
    }  # fmt: skip
    return ImportPlan(**{**values, **changes})  # type: ignore[arg-type]


async def test_a_task_is_submitted_and_only_then_taken_from_the_page() -> None:
    stage = Stage()
    await stage.act("prompt.submit", form={"text": "  Fix it \n"})
    assert stage.service.calls == [("submit", "Fix it")]
    assert stage.effects == [DraftAccepted(SESSION, "Fix it")]


async def test_a_refused_task_stays_on_the_page() -> None:
    stage = Stage()
    stage.service.failure = InputError("x", "The disk is full.", "Free some space.")
    await stage.act("prompt.submit", form={"text": "Fix it"})
    assert not any(isinstance(effect, DraftAccepted) for effect in stage.effects)
    assert "The disk is full." in stage.notices()
    assert "Free some space." in stage.notices()


async def test_no_second_task_while_one_runs() -> None:
    stage = Stage()
    stage.service.show(turn="running_tool")
    await stage.act("prompt.submit", form={"text": "More"})
    assert stage.service.calls == []
    assert "A turn is running." in stage.notices()


async def test_answers_reach_the_agent_once() -> None:
    stage = Stage()
    stage.service.show(questions=(question(),))
    await stage.act("question.answer", id="question-1", allowed=True, lifetime="session")
    assert stage.service.calls == [("answer", ("question-1", True, "session"))]
    stage.service.show(questions=())
    await stage.act("question.answer", id="question-1", allowed=False, lifetime="once")
    assert len(stage.service.calls) == 1


@pytest.mark.parametrize("lifetime", ["always", "", "forever"])
async def test_the_page_cannot_ask_for_more_than_is_offered(lifetime: str) -> None:
    stage = Stage()
    stage.service.show(questions=(question(),))
    await stage.act("question.answer", id="question-1", allowed=True, lifetime=lifetime)
    assert stage.service.calls == []


@pytest.mark.parametrize("name", ["", "no.such", "__class__", "prompt.submit\n"])
async def test_unknown_actions_are_refused(name: str) -> None:
    stage = Stage()
    await stage.act(name)
    assert stage.service.calls == []
    assert "unknown" in stage.notices()


@pytest.mark.parametrize("name", sorted(ACTIONS))
@pytest.mark.parametrize(
    "args", [{}, {"id": 1, "path": None, "allowed": "yes", "by": "x", "document": [], "panel": {}}]
)
async def test_no_action_breaks_on_malformed_arguments(name: str, args: dict[str, object]) -> None:
    stage = Stage(StandIn())
    await stage.app.act(name, args, {"form": "no", "value": 3})  # type: ignore[dict-item]
    stage.app.full()
    assert [
        call for call, _ in stage.service.calls if call in ("delete_session", "answer", "submit", "commit")
    ] == []


async def test_escape_stops_a_turn_and_nothing_else() -> None:
    stage = Stage()
    await stage.act("turn.cancel")
    assert stage.service.calls == []
    stage.service.show(turn="awaiting_model")
    await stage.act("turn.cancel")
    assert stage.service.calls == [("cancel", None)]


async def test_flagged_changes_are_left_out_until_they_are_ticked() -> None:
    stage = Stage(project_with_changes())
    stage.service.report = CommitReport("real-folder", ("README.md",), (), (), "e" * 64)
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    await stage.act("change.accept", path="AGENTS.md", value="true")
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    assert [value for call, value in stage.service.calls if call == "commit"] == [
        ("README.md",),
        ("AGENTS.md", "README.md"),
    ]


async def test_nothing_ticked_commits_nothing() -> None:
    stage = Stage(project_with_changes())
    await stage.act("changes.accept-all", value="false")
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    assert stage.service.calls == []
    assert "No file is ticked." in stage.notices()


async def test_no_commit_while_the_agent_writes() -> None:
    stage = Stage(project_with_changes())
    stage.service.show(turn="running_tool")
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    assert stage.service.calls == []


async def test_conflicts_are_shown_and_can_be_left_out() -> None:
    stage = Stage(project_with_changes())
    conflict = Conflict("README.md", "README.md", "changed", None, None, None, "base\n", "theirs\n", "ours\n")
    stage.service.report = CommitReport("real-folder", (), (), (conflict,), "e" * 64)
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    document = stage.regions()["document"]
    assert "Nothing was written" in text_of(document)
    assert find(document, "island", before="theirs\n", after="ours\n")
    await stage.act("conflict.compare", pair="base-theirs")
    assert find(stage.regions()["document"], "island", before="base\n", after="theirs\n")
    await stage.act("conflict.leave-out")
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    assert "No file is ticked." in stage.notices()


async def test_stepping_moves_selection_and_focus_and_stops_at_the_ends() -> None:
    stage = Stage(project_with_changes())
    stage.app.render()
    for _ in range(3):
        await stage.act("change.step", by=1)
    assert Focus("change-1") in stage.effects
    assert find(stage.regions()["changes"], "li", class_="change selected")[0][1]["key"] == "README.md"


async def test_discard_asks_first_and_takes_back_what_is_not_ticked() -> None:
    stage = Stage(project_with_changes())
    await stage.act("changes.ask-discard")
    assert "Discard 1 change?" in text_of(stage.regions()["dialog"])
    assert stage.service.calls == []
    await stage.act("changes.discard")
    assert stage.service.calls == [("discard", ("AGENTS.md",))]


async def test_downloads_carry_the_project_name() -> None:
    stage = Stage(project_with_changes())
    await stage.act("changes.patch")
    await stage.act("changes.archive")
    await stage.act("session.export", id=SESSION)
    names = [effect.filename for effect in stage.effects if isinstance(effect, Download)]
    assert names == ["tide-table.patch", "tide-table.zip", f"satchel-session-{SESSION[:8]}.jsonl"]


async def test_an_import_is_previewed_confirmed_and_closed() -> None:
    stage, source = Stage(), Source()
    stage.service.plan = plan_of(source)
    await stage.app.begin_import(source)  # type: ignore[arg-type]
    assert find(stage.regions()["dialog"], "button", class_="button primary")
    assert not source.closed
    await stage.act("import.confirm")
    assert ("run_import", "dropped") in stage.service.calls
    assert source.closed
    assert find(stage.regions()["dialog"], "modal") == []


async def test_a_blocked_import_cannot_be_confirmed() -> None:
    stage, source = Stage(), Source()
    stage.service.plan = plan_of(source, blocked="Too many files.")
    await stage.app.begin_import(source)  # type: ignore[arg-type]
    assert "Too many files." in text_of(stage.regions()["dialog"])
    await stage.act("import.confirm")
    assert "run_import" not in [name for name, _ in stage.service.calls]
    await stage.act("import.cancel")
    assert source.closed


async def test_cancel_ends_the_look_through_a_source() -> None:
    stage, source = Stage(EndlessScan()), Source()
    looking = asyncio.ensure_future(stage.app.begin_import(source))  # type: ignore[arg-type]
    while not stage.service.calls:
        await asyncio.sleep(0)
    assert find(stage.regions()["dialog"], "modal", sticky=False)
    await stage.act("import.cancel")
    await looking
    assert source.closed
    assert stage.service.calls == [("plan_import", source), ("scan ended", source)]
    assert find(stage.regions()["dialog"], "modal") == []
    assert stage.notices() == ""


async def test_another_source_takes_the_place_of_one_that_is_looked_through() -> None:
    service, first, second = EndlessScan(), Source(), Source()
    stage = Stage(service)
    looking = asyncio.ensure_future(stage.app.begin_import(first))  # type: ignore[arg-type]
    while not service.calls:
        await asyncio.sleep(0)
    service.plan = plan_of(second)
    await stage.app.begin_import(second)  # type: ignore[arg-type]
    await looking
    assert (first.closed, second.closed) == (True, False)
    assert find(stage.regions()["dialog"], "button", class_="button primary")


async def test_a_running_import_is_not_ended_by_a_press_beside_its_dialog() -> None:
    stage, source = Stage(), Source()
    stage.service.plan = plan_of(source)
    seen: list[object] = []

    async def run_import(plan: ImportPlan, *, new_project_name: str | None) -> object:
        seen.extend(find(stage.regions()["dialog"], "modal", sticky=True))
        raise InputError("x", "Stop here.")

    stage.service.run_import = run_import  # type: ignore[method-assign, assignment]
    await stage.app.begin_import(source)  # type: ignore[arg-type]
    assert find(stage.regions()["dialog"], "modal", sticky=False)
    await stage.act("import.confirm")
    assert len(seen) == 1


async def test_a_source_that_cannot_be_read_is_reported_and_closed() -> None:
    stage, source = Stage(), Source()
    stage.service.failure = InputError("x", "It is encrypted.")
    await stage.app.begin_import(source)  # type: ignore[arg-type]
    assert source.closed
    assert "It is encrypted." in stage.notices()


async def test_sessions() -> None:
    stage = Stage()
    await stage.act("session.open", id=OTHER_SESSION)
    await stage.act("session.rename", id=OTHER_SESSION, form={"title": "  Tide \n tables "})
    await stage.act("session.ask-delete", id=OTHER_SESSION)
    assert "Another one" in text_of(stage.regions()["dialog"])
    await stage.act("session.delete", id=OTHER_SESSION, keep_project=True)
    await stage.act("session.delete", id="f" * 32, keep_project=False)
    assert stage.service.calls == [
        ("open_session", OTHER_SESSION),
        ("rename_session", (OTHER_SESSION, "Tide tables")),
        ("delete_session", (OTHER_SESSION, True)),
    ]


async def test_a_permission_is_shown_and_taken_back() -> None:
    stage = Stage()
    stage.service.grants = (
        Grant(Capability.WRITE, "*", "session"),
        Grant(Capability.NET, "https://x.test", "always", False),
    )
    await stage.act("permissions.open")
    shown = text_of(stage.regions()["dialog"])
    assert "Change files of the workspace copy" in shown
    assert "Refused always" in shown
    await stage.act("grant.revoke", capability="net", scope="https://x.test")
    assert stage.service.calls == [("revoke", (Capability.NET, "https://x.test"))]
    await stage.act("grant.revoke", capability="exec", scope="*")
    assert len(stage.service.calls) == 1
    assert "does not stand" in stage.notices()
