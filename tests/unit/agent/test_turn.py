"""The turn's table and its projection."""

from __future__ import annotations

from itertools import product
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from satchel.agent.turn import TRANSITIONS, Trigger, TurnProjection, TurnState
from satchel.base.ids import QuestionId, ToolUseId
from satchel.session import events
from tests.unit.session.logs import EVERY_EVENT


def _state_after(*log: events.Event) -> TurnProjection:
    turn = TurnProjection()
    for event in log:
        turn.apply(event, 1)
    return turn


def test_every_state_can_be_reached_and_left_and_every_open_state_can_end() -> None:
    states = get_args(TurnState)
    assert set(TRANSITIONS.values()) == set(states)
    assert {state for state, _ in TRANSITIONS} == set(states)
    assert {state for state, trigger in TRANSITIONS if trigger == "ended"} == set(states) - {"idle"}


def test_each_trigger_leads_to_one_state_wherever_it_happens() -> None:
    for trigger in get_args(Trigger):
        targets = {
            TRANSITIONS[state, trigger] for state in get_args(TurnState) if (state, trigger) in TRANSITIONS
        }
        assert len(targets) == 1, trigger


def test_the_state_follows_a_whole_turn_without_a_misplaced_event() -> None:
    use = events.ToolUsed(ToolUseId("t1"), "Read", {})
    question = events.PermissionQuestioned(QuestionId("q"), ToolUseId("t1"), "Read", "?", "read", "a")
    log: list[tuple[events.Event, TurnState]] = [
        (events.UserMessage("x"), "awaiting_model"),
        (events.AssistantMessage("", (ToolUseId("t1"),)), "running_tool"),
        (use, "running_tool"),
        (question, "awaiting_approval"),
        (events.PermissionDecided(QuestionId("q"), True), "running_tool"),
        (events.ToolResulted(ToolUseId("t1"), "x"), "awaiting_model"),
        (events.AssistantMessage("ok"), "awaiting_model"),
        (events.TurnEnded("ok", "end"), "idle"),
    ]
    turn = TurnProjection()
    for event, expected in log:
        turn.apply(event, 1)
        assert turn.state == expected
    assert (turn.misplaced, turn.steps, turn.text) == (0, 2, "ok")


@given(st.lists(st.sampled_from(EVERY_EVENT), max_size=25))
def test_no_order_of_events_breaks_the_projection_and_an_end_always_ends(log: list[events.Event]) -> None:
    turn = _state_after(*log, events.TurnEnded("", "end"))
    assert turn.state == "idle"
    assert not turn.pending
    assert not turn.asked
    assert turn.partial_text == ""


def test_the_table_holds_no_transition_to_nowhere() -> None:
    known = set(product(get_args(TurnState), get_args(Trigger)))
    assert set(TRANSITIONS) <= known
