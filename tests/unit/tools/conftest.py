"""Tools on real directories, through the real guest files."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from satchel.base.ids import SessionId, ToolUseId
from satchel.base.limits import ToolLimits
from satchel.tools.errors import ToolError
from satchel.tools.registry import default_registry
from satchel.tools.spec import ToolContext
from satchel.workspace.guest_files import GuestFiles

_Result = TypeVar("_Result")


class CountingCheckpoint:
    """Counts what is asked of it and never interrupts."""

    def __init__(self) -> None:
        self.polls = 0
        self.breaths = 0

    def poll(self) -> None:
        self.polls += 1

    async def breathe(self) -> None:
        self.breaths += 1


@dataclass
class Bench:
    """A workspace directory and a way to call tools on it as the agent would."""

    root: Path
    outside: Path
    context: ToolContext
    checkpoint: CountingCheckpoint

    def write(self, path: str, content: str | bytes = "") -> Path:
        """Make a file behind the tools' back."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def limit(self, **limits: int) -> None:
        """Lower some limits for the calls that follow."""
        self.context = replace(self.context, limits=replace(self.context.limits, **limits))

    async def run(self, tool: str, **input: Any) -> dict[str, Any]:
        """Permissions first, then the call; the result as a plain dict."""
        found = default_registry().get(tool)
        assert found.permissions(input, self.context)
        result = await found.run(input, self.context)
        assert isinstance(result, Mapping)
        return dict(result)

    async def fails(self, tool: str, **input: Any) -> ToolError:
        """The error of a call, which must be the same kind from permissions or run and start with the tool's name."""
        with pytest.raises(ToolError) as caught:
            await self.run(tool, **input)
        assert str(caught.value).startswith(f"{tool}: ")
        return caught.value


def run_at_once(coroutine: Coroutine[None, None, _Result]) -> _Result:
    """The result of a coroutine that never waits, for tests that cannot be asynchronous (those of hypothesis)."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: _Result = stop.value
        return result
    raise AssertionError("it waited")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty workspace with /tmp and /home/user beside it, and something secret outside of all mounts."""
    mounts = {}
    for guest, name in (("/workspace", "workspace"), ("/tmp", "tmp"), ("/home/user", "home")):
        (tmp_path / "store" / name).mkdir(parents=True)
        mounts[guest] = str(tmp_path / "store" / name)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret needle\n")
    checkpoint = CountingCheckpoint()
    context = ToolContext(
        files=GuestFiles(mounts),
        checkpoint=checkpoint,
        limits=ToolLimits(),
        session_id=SessionId("0" * 32),
        tool_use_id=ToolUseId("use-1"),
        extras={},
    )
    return Bench(tmp_path / "store" / "workspace", outside, context, checkpoint)


@pytest.fixture
def permission_subjects(bench: Bench) -> Callable[..., list[str]]:
    """What a call asks leave for, as `capability:path` strings."""

    def subjects(tool: str, **input: Any) -> list[str]:
        return [str(request) for request in default_registry().get(tool).permissions(input, bench.context)]

    return subjects
