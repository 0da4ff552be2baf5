"""The log as the model gets it: always a conversation that a provider accepts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.agent.context import INTERRUPTED, Conversation
from satchel.base.ids import ProjectId, ToolUseId
from satchel.session import events
from satchel.session.content import Message, TextBlock, ToolResultBlock, ToolUseBlock
from tests.support.samples import examples


def _messages(*log: events.Event) -> tuple[Message, ...]:
    conversation = Conversation()
    for event in log:
        conversation.apply(event)
    return conversation.messages()


def _use(number: int) -> events.ToolUsed:
    return events.ToolUsed(ToolUseId(f"t{number}"), "Read", {"n": number})


def test_a_tool_loop_becomes_alternating_messages() -> None:
    uses = (ToolUseId("t1"), ToolUseId("t2"))
    messages = _messages(
        events.UserMessage("task"),
        events.AssistantDelta("I lo"),
        events.AssistantMessage("I look.", uses),
        _use(1),
        _use(2),
        events.ToolResulted(uses[0], {"content": "x"}),
        events.ToolResulted(uses[1], None, True, "tool.input", "Read: no such file"),
        events.AssistantMessage("Done."),
        events.TurnEnded("Done.", "end"),
    )
    assert messages == (
        Message("user", (TextBlock("task"),)),
        Message(
            "assistant",
            (
                TextBlock("I look."),
                ToolUseBlock(uses[0], "Read", {"n": 1}),
                ToolUseBlock(uses[1], "Read", {"n": 2}),
            ),
        ),
        Message(
            "user",
            (
                ToolResultBlock(uses[0], {"content": "x"}),
                ToolResultBlock(uses[1], "Read: no such file", is_error=True),
            ),
        ),
        Message("assistant", (TextBlock("Done."),)),
    )


def test_a_turn_that_was_cut_is_closed_before_the_next_message() -> None:
    messages = _messages(
        events.UserMessage("task"),
        events.AssistantMessage("I read.", (ToolUseId("t1"),)),
        _use(1),
        events.UserMessage("next"),
        events.AssistantDelta("half"),
        events.UserMessage("last"),
    )
    closed = ToolResultBlock(ToolUseId("t1"), INTERRUPTED, is_error=True)
    assert messages[2:] == (
        Message("user", (closed, TextBlock("next"))),
        Message("assistant", (TextBlock("half"),)),
        Message("user", (TextBlock("last"),)),
    )


def test_a_result_whose_use_was_lost_is_left_out() -> None:
    messages = _messages(events.UserMessage("task"), events.ToolResulted(ToolUseId("t9"), "x"))
    assert messages == (Message("user", (TextBlock("task"),)),)


_EVENTS = st.one_of(
    st.just(events.UserMessage("u")),
    st.just(events.AssistantDelta("d")),
    st.sampled_from([events.AssistantMessage(""), events.AssistantMessage("a", (ToolUseId("t1"),))]),
    st.integers(1, 4).map(_use),
    st.integers(1, 4).map(lambda n: events.ToolResulted(ToolUseId(f"t{n}"), "out")),
    st.sampled_from(
        [events.TurnEnded("", "end"), events.TurnEnded("", "cancelled"), events.TurnEnded("", "error")]
    ),
    st.just(events.WorkspaceCommitted("f", ("a",), ("b",), (), "")),
    st.just(events.WorkspaceImported(ProjectId("p"), "s", 1, 1, "")),
)


@settings(max_examples=examples(500))
@given(st.lists(_EVENTS, max_size=30))
def test_whatever_the_log_holds_a_provider_can_take_the_conversation(log: list[events.Event]) -> None:
    """Damage can remove any event.

    After the next user message: no empty message, roles alternate, results follow uses.
    """
    messages = _messages(*log, events.UserMessage("now"))
    assert all(message.content for message in messages)
    assert all(before.role != after.role for before, after in pairwise(messages))
    assert messages[-1].role == "user"
    assert messages[-1].content[-1] == TextBlock("now")
    open_uses: list[ToolUseId] = []
    for message in messages:
        results = [block.tool_use_id for block in message.content if isinstance(block, ToolResultBlock)]
        if message.role == "user":
            assert sorted(results) == sorted(set(open_uses))
            open_uses = []
        open_uses += [block.tool_use_id for block in message.content if isinstance(block, ToolUseBlock)]
    assert open_uses == []
