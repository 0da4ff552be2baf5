"""The app: which regions are sent when, and how long a long transcript takes."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace

from satchel.ui.effects import Announce, Focus
from tests.unit.ui.stand_in import (
    OTHER_SESSION,
    Stage,
    StandIn,
    assistant,
    find,
    long_transcript,
    project_with_changes,
    question,
    tool,
    user,
)


def test_the_first_render_is_everything_and_the_second_nothing() -> None:
    stage = Stage()
    first = stage.changed()
    assert {
        "root",
        "bar",
        "transcript",
        "prompt",
        "question",
        "status",
        "files",
        "sessions",
        "dialog",
    } <= set(first)
    assert stage.changed() == []


def test_every_slot_of_the_frame_is_filled() -> None:
    stage = Stage(project_with_changes())
    stage.service.show(items=(user("Go"), assistant("Yes")))
    regions = stage.regions()
    slots = {element[1]["id"] for tree in regions.values() for element in find(tree, "region")}
    assert slots <= set(regions)
    assert set(regions) - {"root"} <= slots


def test_trees_are_json() -> None:
    stage = Stage(project_with_changes())
    stage.service.show(items=(user("Go"), tool("Read", input={"file_path": "a"}, output={"content": "x"})))
    json.dumps(stage.app.full(), allow_nan=False)


def test_a_streamed_token_sends_its_item_alone() -> None:
    stage = Stage()
    stage.service.show(
        items=(*long_transcript(40), assistant("He", 999, streaming=True)), turn="awaiting_model"
    )
    stage.changed()
    items = stage.service.session.items
    stage.service.show(items=(*items[:-1], replace(items[-1], text="Hello")))
    assert stage.changed() == ["item:text-999"]


def test_an_item_that_is_gone_is_taken_away() -> None:
    stage = Stage()
    stage.service.show(items=(user("Go"),))
    stage.changed()
    stage.service.show(items=(), session_id=OTHER_SESSION)
    assert ("item:text-1", None) in stage.app.render()


def test_500_items_are_drawn_in_100_ms() -> None:
    def draw() -> float:
        stage = Stage()
        stage.service.show(items=long_transcript(500))
        begin = time.process_time()
        regions = stage.app.render()
        spent = time.process_time() - begin
        assert sum(region_id.startswith("item:") for region_id, _ in regions) == 500
        return spent

    # In WebAssembly the same Python takes about three times as long.
    assert min(draw() for _ in range(3)) < (0.3 if sys.platform == "emscripten" else 0.1)


def test_turns_have_headings() -> None:
    stage = Stage()
    stage.service.show(items=(user("First task"), assistant("Done."), user("Second task", 3)))
    regions = stage.regions()
    assert len(find(regions["transcript"], "section", class_="turn")) == 2
    assert find(regions["item:text-3"], "h3")[0][2] == ("You: Second task",)


def test_a_question_is_announced_and_gets_the_focus_politely() -> None:
    stage = Stage()
    stage.service.show(turn="running_tool")
    stage.app.render()
    stage.effects.clear()
    stage.service.show(turn="awaiting_approval", questions=(question(),))
    stage.app.render()
    assert stage.effects == [Announce("Satchel is asking: Change files?"), Focus("question", polite=True)]
    stage.effects.clear()
    stage.service.show(turn="running_tool", questions=())
    stage.app.render()
    assert stage.effects == [Focus("prompt-input", back=True)]


def test_streamed_text_is_never_announced() -> None:
    stage = Stage()
    stage.service.show(turn="awaiting_model")
    stage.app.render()
    stage.effects.clear()
    for length in range(5):
        stage.service.show(items=(user("Go"), assistant("x" * length, streaming=True)))
        stage.app.render()
    stage.service.show(turn="idle")
    stage.app.render()
    assert stage.effects == [Announce("Turn finished.")]


def test_first_changes_open_the_review_and_closing_it_is_respected() -> None:
    service = project_with_changes()
    changes, service.changeset = service.changeset, None
    stage = Stage(service)
    assert stage.regions()["root"][1]["data-review"] == "closed"
    service.changeset = changes
    assert stage.regions()["root"][1]["data-review"] == "open"


async def test_a_closed_review_stays_closed() -> None:
    stage = Stage(project_with_changes())
    stage.app.render()
    await stage.act("review.close")
    assert stage.service.changeset is not None
    stage.service.changeset = replace(stage.service.changeset, digest="9" * 64)
    assert stage.regions()["root"][1]["data-review"] == "closed"


def test_a_change_that_is_gone_is_not_selected_any_more() -> None:
    stage = Stage(project_with_changes())
    stage.app.render()
    assert stage.service.changeset is not None
    stage.service.changeset = replace(stage.service.changeset, changes=stage.service.changeset.changes[1:])
    assert find(stage.regions()["changes"], "li", class_="change selected")[0][1]["key"] == "README.md"


def test_without_anything_there_is_a_welcome() -> None:
    regions = Stage(StandIn()).regions()
    assert find(regions["transcript"], "button", class_="button primary")
