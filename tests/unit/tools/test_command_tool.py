"""Command: its input in every form a model may send, what comes back, and what is said when it cannot run."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from satchel.base.ids import SessionId, ToolUseId
from satchel.base.limits import ToolLimits
from satchel.runtime.command_index import NO_COMMANDS
from satchel.tools.command_tool import CommandTool
from satchel.tools.errors import ToolError
from satchel.tools.registry import default_registry
from satchel.tools.spec import ToolContext
from tests.unit.runtime.programs import INDEX, Workbench
from tests.unit.tools.conftest import CountingCheckpoint


class Commands:
    """The tool over programs in memory."""

    def __init__(self, root: Path) -> None:
        self.bench = Workbench(root)
        self.tool = CommandTool(INDEX)
        self.context = ToolContext(
            self.bench.files,
            CountingCheckpoint(),
            ToolLimits(),
            SessionId("0" * 32),
            ToolUseId("t1"),
            {},
            self.bench.runner,
        )

    async def run(self, **input: Any) -> dict[str, Any]:
        assert self.tool.permissions(input, self.context)
        result = await self.tool.run(input, self.context)
        assert isinstance(result, dict)
        return result

    async def fails(self, **input: Any) -> str:
        with pytest.raises(ToolError) as caught:
            await self.run(**input)
        assert str(caught.value).startswith("Command: ")
        return str(caught.value)


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


async def test_the_plain_fields_of_a_result(commands: Commands) -> None:
    result = await commands.run(argv=["say", "one", "err:two", "exit:3"])
    assert result.pop("durationMs") >= 0
    assert result == {
        "exitCode": 3,
        "stdout": "one\n",
        "stderr": "err:two\n",
        "truncatedStdout": False,
        "truncatedStderr": False,
    }


async def test_each_program_is_asked_for_by_its_words(commands: Commands) -> None:
    def asked(**input: Any) -> list[str]:
        return [str(request) for request in commands.tool.permissions(input, commands.context)]

    assert asked(argv=["say", "a b", "*.py"]) == ["exec:say 'a b' '*.py'"]
    assert asked(pipeline=[["cat", "x"], ["first"]]) == ["exec:cat x", "exec:first"]


async def test_other_ways_to_say_the_same(commands: Commands) -> None:
    assert (await commands.run(argv='["say", "x"]'))["stdout"] == "x\n"
    assert (await commands.run(args=["say", 5]))["stdout"] == "5\n"
    assert (await commands.run(argv=["flood", "9"], limits={"max_stdout_bytes": "4"}))["stdout"] == "yyyy"


async def test_input_as_text_and_as_bytes(commands: Commands) -> None:
    assert (await commands.run(argv=["cat"], stdin="grüße\n"))["stdout"] == "grüße\n"
    data = base64.b64encode(b"\0\x01").decode()
    assert (await commands.run(argv=["cat"], stdinBase64=data))["stdout"] == "\0\x01"


async def test_environment_and_directory(commands: Commands) -> None:
    commands.bench.files.make_directory("/workspace/sub")
    shown = (await commands.run(argv=["show"], env={"A": "ü"}, workdir="sub"))["stdout"]
    assert shown.startswith("/usr/bin/show /workspace/sub A=ü ")


async def test_a_pipeline(commands: Commands) -> None:
    result = await commands.run(pipeline=[["flood"], ["first"], ["cat"]])
    assert result["stdout"] == "y" * 10
    assert (result["exitCode"], result["exitCodes"]) == (0, [141, 0, 0])
    assert "signal" not in result, "a writer whose reader had enough is nothing to tell"


async def test_long_output_is_cut_and_the_file_with_all_of_it_named(commands: Commands) -> None:
    result = await commands.run(argv=["flood", "5000"], limits={"maxStdoutBytes": 100})
    assert (len(result["stdout"]), result["truncatedStdout"], result["stdoutBytes"]) == (100, True, 5000)
    read = default_registry().get("Read")
    whole = await read.run({"file_path": result["stdoutFile"]}, commands.context)
    assert isinstance(whole, dict)
    assert whole["content"] == "y" * 5000


async def test_bytes_that_are_no_text_are_shown_and_kept(commands: Commands) -> None:
    result = await commands.run(argv=["raw", "41ff0a"])
    assert result["stdout"] == "A\\xff\n"
    assert commands.bench.files.read_bytes(result["stdoutFile"]) == b"A\xff\n"


async def test_a_limit_that_ended_it_is_told(commands: Commands) -> None:
    result = await commands.run(argv=["sleep"], limits={"timeoutMs": 30})
    assert (result["exitCode"], result["cause"], result["signal"]) == (137, "wall", "SIGKILL")
    assert result["stdout"] == "begun\n"


async def test_time_is_limited_even_when_no_limit_is_given_or_wanted(commands: Commands) -> None:
    await commands.run(argv=["say"])
    await commands.run(argv=["say"], limits={"timeoutMs": 0})
    await commands.run(argv=["say"], limits={"timeoutMs": 10**9})
    seconds = [guest.request.limits.wall_seconds for guest in commands.bench.host.guests]
    assert seconds == [120, 3600, 3600]


@pytest.mark.parametrize(
    ("input", "problem"),
    [
        ({}, "'argv' is missing"),
        ({"argv": []}, "'argv' is missing"),
        ({"argv": ["a"], "pipeline": [["b"]]}, "both given"),
        ({"argv": "ls -l"}, "'argv' must be a list, not a string"),
        ({"argv": [""]}, "empty"),
        ({"argv": ["a", None]}, "not a string"),
        ({"argv": ["a", True]}, "not a string"),
        ({"argv": ["a", "b\0"]}, "NUL"),
        ({"argv": ["a", "\udc80"]}, "surrogate"),
        ({"pipeline": ["ls", "wc"]}, "'pipeline[0]' must be a list of words"),
        ({"pipeline": [["cat"], []]}, "'pipeline[1]' must be a list of words"),
        ({"argv": ["say"], "limits": {"maxBytes": 3}}, "unknown limit 'maxBytes'"),
        ({"argv": ["say"], "limits": {"timeoutMs": -1}}, "'timeoutMs' must be"),
        ({"argv": ["say"], "env": {"A=B": "c"}}, "'A=B'"),
        ({"argv": ["say"], "env": {"A": 3}}, "'A'"),
        ({"argv": ["say"], "stdin": "a", "stdinBase64": "YQ=="}, "both given"),
        ({"argv": ["say"], "stdinBase64": "?"}, "not base64"),
        ({"argv": ["say"], "cwd": "none"}, "/workspace/none does not exist"),
        ({"argv": ["syay"]}, "syay: command not found. Did you mean say"),
        ({"argv": ["say"], "shell": True}, "unknown field 'shell'"),
    ],
)
async def test_what_cannot_be_run_is_said_with_the_way_out(
    commands: Commands, input: dict[str, Any], problem: str
) -> None:
    assert problem in await commands.fails(**input)
    assert commands.bench.events == []


async def test_where_no_program_can_run_it_says_so(commands: Commands) -> None:
    commands.context = replace(commands.context, commands=None)
    assert "programs cannot run here" in await commands.fails(argv=["say"])


def test_the_model_is_told_what_is_installed() -> None:
    assert CommandTool(INDEX).schema.description.endswith(
        "Installed: cat first flood look raw say show sleep."
    )
    assert "No commands are installed" in CommandTool(NO_COMMANDS).schema.description
    assert "Command" not in default_registry().names()
    assert default_registry(INDEX).names()[-1] == "Command"
    assert not default_registry(INDEX).get("Command").read_only
