"""The registry: built-in tools, an embedder's tool, duplicates, unknown names; and the shared error form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from satchel.base.errors import InputError
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.llm.provider import ToolSchema
from satchel.permission.request import PermissionRequest
from satchel.tools.errors import ToolError, reported_by
from satchel.tools.registry import ToolRegistry, default_registry
from satchel.tools.spec import Tool, ToolContext
from satchel.workspace.errors import NotFoundError
from tests.unit.tools.conftest import Bench

NAMES = ("Read", "Write", "Edit", "Glob", "Grep", "ListDir", "ReadFile", "WriteFile")


class Weather:
    """A tool as an embedding program would write it, without any help from this package."""

    schema = ToolSchema("Weather", "Tells the weather.", {"type": "object", "properties": {}})
    read_only = True

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        return ()

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        return {"weather": context.extras["station"]} if "station" in context.extras else "none"


def test_built_in_tools() -> None:
    registry = default_registry()
    assert registry.names() == NAMES
    assert tuple(schema.name for schema in registry.schemas()) == NAMES
    assert {name for name in NAMES if not registry.get(name).read_only} == {"Write", "Edit", "WriteFile"}


async def test_an_embedders_tool_is_a_tool_like_any_other(bench: Bench) -> None:
    registry = default_registry()
    tool: Tool = Weather()
    registry.register(tool)
    assert registry.get("Weather") is tool
    assert registry.names()[-1] == "Weather"
    assert await registry.get("Weather").run({}, bench.context) == "none"
    assert "Weather" not in default_registry().names()


def test_a_second_tool_of_one_name_is_refused() -> None:
    registry = ToolRegistry()
    first = Weather()
    registry.register(first)
    with pytest.raises(InputError, match="'Weather' is registered already"):
        registry.register(Weather())
    assert registry.get("Weather") is first


def test_an_unknown_name_lists_the_tools() -> None:
    with pytest.raises(ToolError) as caught:
        default_registry().get("Reed")
    assert str(caught.value).startswith("Reed: there is no such tool. Did you mean Read? Tools: Read, Write")
    assert caught.value.code == "tool.unknown"


def test_failures_below_become_tool_errors_with_their_code() -> None:
    with pytest.raises(ToolError) as caught, reported_by("Demo"):
        raise NotFoundError("/workspace/x does not exist.", "Check the name.")
    assert str(caught.value) == "Demo: /workspace/x does not exist. Check the name."
    assert caught.value.code == "workspace.not_found"
    original = ToolError("Inner", "no.")
    with pytest.raises(ToolError) as caught, reported_by("Outer"):
        raise original
    assert caught.value is original


def test_what_each_tool_asks_leave_for(bench: Bench, permission_subjects: Callable[..., list[str]]) -> None:
    bench.write("src/a.py")
    (bench.root / "link").symlink_to("src")
    path = "link/a.py"
    real = "/workspace/src/a.py"
    assert permission_subjects("Read", file_path=path) == [f"read:{real}"]
    assert permission_subjects("Write", file_path=path, content="") == [f"write:{real}"]
    assert permission_subjects("Edit", file_path=path, old="a", new="b") == [f"read:{real}", f"write:{real}"]
    assert permission_subjects("ReadFile", path=path) == [f"read:{real}"]
    assert permission_subjects("WriteFile", path=path, content="") == [f"write:{real}"]
    assert permission_subjects("ListDir") == ["read:/workspace"]
    assert permission_subjects("ListDir", path="link") == ["read:/workspace/src"]
    assert permission_subjects("Glob", pattern="*.py", path="link") == ["read:/workspace/src"]
    assert permission_subjects("Glob", pattern="/tmp/*.py") == ["read:/tmp"]
    assert permission_subjects("Grep", query="x", path=path) == [f"read:{real}"]
