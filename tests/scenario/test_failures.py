"""Whatever goes wrong in a turn reaches the model as text it can act on, or ends the turn with a clear
result.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from satchel.base.ids import SessionId
from satchel.llm.errors import OverloadedError, RateLimitedError, TransportError
from satchel.llm.provider import Done, TextDelta
from satchel.llm.scripted import Step, call, say
from satchel.permission.policy import Policy, Rule
from satchel.permission.request import Capability
from satchel.session.content import ToolResultBlock
from satchel.session.events import ToolUsed
from tests.scenario.world import World, use


def _told(world: World, tool_use_id: str = "t1") -> ToolResultBlock:
    """What the model was told of a tool use."""
    blocks = [block for message in world.provider.requests[-1].messages for block in message.content]
    (result,) = [b for b in blocks if isinstance(b, ToolResultBlock) and b.tool_use_id == tool_use_id]
    return result


@pytest.mark.parametrize(
    ("name", "tool_input", "error_type", "said"),
    [
        ("Raed", {"file_path": "a"}, "tool.unknown", "Did you mean Read?"),
        ("Read", {}, "tool.input", "file_path"),
        ("Read", {"file_path": "none"}, "workspace.not_found", "none"),
        ("Read", {"file_path": "../../etc/passwd"}, "workspace.path_escape", "etc/passwd"),
        ("Probe", {"crash": "run"}, "InternalError", "ZeroDivisionError: a fault"),
        ("Probe", {"crash": "permissions"}, "InternalError", "KeyError"),
        ("Probe", {"odd": True}, "InternalError", "ValueError"),
    ],
)
async def test_w2_w3_a_failed_tool_use_is_told_to_the_model_and_poisons_nothing(
    tmp_path: Path, name: str, tool_input: Mapping[str, object], error_type: str, said: str
) -> None:
    """W2: errors reached the model as null.

    W3: an unknown name threw out of the turn and left a dangling use.
    """
    steps = [call(use(name, **tool_input)), say("I see."), say("Next.")]  # type: ignore[arg-type]
    world = await World(tmp_path, steps).start({"a": b"x"})
    await world.turn()
    told = _told(world)
    assert told.is_error
    assert isinstance(told.output, str)
    assert said in told.output
    (result,) = world.data("tool.result")
    assert (result["isError"], result["errorType"], result["output"]) == (True, error_type, None)
    assert world.tool_item().state == "error"
    assert world.data("result")[-1]["stopReason"] == "end"
    await world.turn("more")
    assert world.data("result")[-1]["finalText"] == "Next."


async def test_w3_a_failing_context_factory_is_a_tool_error(tmp_path: Path) -> None:
    async def fails(session: SessionId, tool_use: ToolUsed) -> Mapping[str, object]:
        raise RuntimeError("the embedder's fault")

    steps = [call(use("Probe")), say("I see.")]
    world = await World(tmp_path, steps, context_factory=fails).start({})
    await world.turn()
    assert "the embedder's fault" in str(_told(world).output)
    assert world.data("result")[-1]["stopReason"] == "end"


async def test_the_context_factory_adds_to_the_context_and_cannot_replace_it(tmp_path: Path) -> None:
    async def extra(session: SessionId, tool_use: ToolUsed) -> Mapping[str, object]:
        return {"handle": 7, "session_id": "forged"}

    world = await World(tmp_path, [call(use("Probe")), say("ok")], context_factory=extra).start({})
    await world.turn()
    (context,) = world.probe.contexts
    assert context.extras["handle"] == 7
    assert context.session_id == world.service.session.session_id
    assert context.tool_use_id == "t1"


async def test_w2_a_denial_by_policy_is_told_to_the_model(tmp_path: Path) -> None:
    policy = Policy((Rule("allow", Capability.READ), Rule("deny", Capability.WRITE, "/workspace/secret/**")))
    steps = [call(use("Write", file_path="secret/key", content="x")), say("I leave it.")]
    world = await World(tmp_path, steps, policy=policy).start({})
    await world.turn()
    told = _told(world)
    assert "write:/workspace/secret/key is not allowed" in str(told.output)
    assert world.tool_item().state == "denied"
    assert [data["by"] for data in world.data("permission.decision")] == ["policy"]
    assert world.data("permission.question") == []


@pytest.mark.parametrize(
    ("step", "error_type", "said"),
    [
        ((Done("end"),), "EmptyOutput", "neither text nor a tool call"),
        ((TextDelta("  \n"), Done("end")), "EmptyOutput", "neither text nor a tool call"),
        ((TextDelta("cut o"), Done("max_tokens")), "MaxTokens", "go on"),
        ((Done("refusal"),), "Refusal", "declined"),
        ((TextDelta("I am "),), "provider.protocol", "broke off"),
        ((Done("end"), TextDelta("late")), "provider.protocol", "after its end"),
        (
            (TextDelta("I am "), OverloadedError("Too busy.", "Try later.")),
            "provider.overloaded",
            "Try later.",
        ),
        ((TextDelta("I am "), RuntimeError("a bug")), "InternalError", "RuntimeError: a bug"),
    ],
)
async def test_w5_a_step_that_fails_ends_with_a_result_that_says_so(
    tmp_path: Path, step: Step, error_type: str, said: str
) -> None:
    """W5: empty output ended as max_steps, and a provider's failure with no result at all."""
    world = await World(tmp_path, [step, say("Better.")]).start({})
    await world.turn()
    result = world.data("result")[-1]
    assert (result["stopReason"], result["errorType"]) == ("error", error_type)
    assert said in str(result["errorMessage"])
    assert world.service.session.turn == "idle"
    await world.turn("again")
    assert world.data("result")[-1]["finalText"] == "Better."
    messages = world.provider.requests[-1].messages
    assert all(message.content for message in messages)
    assert [message.role for message in messages][-1] == "user"
    assert all(a.role != b.role for a, b in pairwise(messages))


async def test_w5_partial_text_of_a_failed_step_is_kept(tmp_path: Path) -> None:
    world = await World(tmp_path, [(TextDelta("Half"), OverloadedError("Busy.")), say("ok")]).start({})
    await world.turn()
    assert world.data("assistant.message")[-1]["text"] == "Half"
    assert world.data("result")[-1]["finalText"] == "Half"


async def test_the_limit_of_steps_ends_the_turn_as_max_steps_and_a_message_goes_on(tmp_path: Path) -> None:
    steps = [call(use("Probe", f"t{number}", say=number)) for number in range(3)]
    world = await World(tmp_path, [*steps, say("Done.")], max_steps=3).start({})
    await world.turn()
    assert world.data("result")[-1]["stopReason"] == "max_steps"
    assert "3 steps" in str(world.data("result")[-1]["errorMessage"])
    assert len(world.data("tool.result")) == 3
    await world.turn("go on")
    assert world.data("result")[-1]["stopReason"] == "end"


async def test_several_calls_of_one_step_give_their_results_in_order(tmp_path: Path) -> None:
    calls = call(
        use("Probe", "a", say=1), use("Nope", "b"), use("Probe", "c", crash="run"), use("Probe", "d", say=4)
    )
    world = await World(tmp_path, [calls, say("ok")]).start({})
    await world.turn()
    assert [data["toolUseId"] for data in world.data("tool.result")] == ["a", "b", "c", "d"]
    results = world.provider.requests[-1].messages[-1].content
    assert [
        (block.tool_use_id, block.is_error) for block in results if isinstance(block, ToolResultBlock)
    ] == [
        ("a", False),
        ("b", True),
        ("c", True),
        ("d", False),
    ]


async def test_tool_use_ids_that_a_model_uses_again_are_made_unique(tmp_path: Path) -> None:
    steps = [
        call(use("Probe", "call_0", say=1)),
        call(use("Probe", "call_0", say=2), use("Probe", "")),
        say("ok"),
    ]
    world = await World(tmp_path, steps).start({})
    await world.turn()
    ids = [str(data["toolUseId"]) for data in world.data("tool.use")]
    assert len(set(ids)) == 3
    assert ids == [data["toolUseId"] for data in world.data("tool.result")]
    assert all(ids)


async def test_a_log_that_cannot_be_written_stops_the_turn_and_is_said(tmp_path: Path) -> None:
    world = await World(tmp_path, [call(use("Probe", wait=True)), say("never")]).start({})
    await world.service.submit("go")
    await world.probe.started.wait()

    def full(data: bytes) -> None:
        raise OSError(28, "no space left")

    recorder = world.service._opened()
    recorder.log._file.append = full  # type: ignore[method-assign]
    world.probe.release.set()
    await world.service.wait_idle()
    assert "no space left" in world.service.session.failure
    del recorder.log._file.append  # type: ignore[method-assign]
    world.provider._steps.clear()
    await world.service.open_session(world.service.session.session_id)
    assert world.service.session.failure == ""
    assert world.data("result")[-1]["errorType"] == "Interrupted"
    world.provider.extend([say("Back.")])
    await world.turn("again")
    assert world.data("result")[-1]["finalText"] == "Back."


async def test_w5_a_failure_that_passes_is_tried_again_while_nothing_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("satchel.agent.loop.RETRY_SECONDS", (0.0, 0.0))
    busy = [(OverloadedError("Busy."),), (RateLimitedError("Slow down.", retry_after=0.01),)]
    world = await World(tmp_path, [*busy, say("Here I am.")]).start({})
    await world.turn()
    assert world.data("result")[-1]["finalText"] == "Here I am."
    assert len(world.provider.requests) == 3
    world.provider.extend([*busy, (TransportError("Cut."),), say("never asked for")])
    await world.turn("again")
    assert world.data("result")[-1]["errorType"] == "provider.transport"


async def test_a_service_that_asks_for_a_long_wait_is_not_waited_for(tmp_path: Path) -> None:
    world = await World(tmp_path, [(RateLimitedError("Tomorrow.", retry_after=86_400),)]).start({})
    await world.turn()
    assert world.data("result")[-1]["errorType"] == "provider.rate_limited"


async def test_what_no_record_can_hold_ends_as_a_tool_error_or_an_ended_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("satchel.session.framing.MAX_RECORD_BYTES", 4_000)
    steps = [call(use("Read", file_path="a")), say("I see."), say("x" * 9_000), say("Still here.")]
    world = await World(tmp_path, steps).start({"a": b"y" * 9_000})
    await world.turn()
    assert (_told(world).is_error, world.data("result")[-1]["finalText"]) == (True, "I see.")
    await world.turn("more")
    assert world.data("result")[-1]["stopReason"] == "error"
    await world.turn("and more")
    assert world.data("result")[-1]["finalText"] == "Still here."


async def test_a_call_whose_input_is_not_json_leaves_no_half_step(tmp_path: Path) -> None:
    steps = [call(use("Probe", say=float("nan"))), say("Better.")]
    world = await World(tmp_path, steps).start({})
    await world.turn()
    assert world.data("result")[-1]["errorType"] == "provider.protocol"
    assert world.types().count("assistant.message") == 0
    await world.turn("again")
    assert world.data("result")[-1]["finalText"] == "Better."
