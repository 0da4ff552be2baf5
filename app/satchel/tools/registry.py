"""The tools of one program, by name. An embedder's tool is a tool like any other."""

from __future__ import annotations

import difflib

from satchel.base.errors import InputError
from satchel.llm.provider import ToolSchema
from satchel.runtime.command_index import CommandIndex
from satchel.tools.command_tool import CommandTool
from satchel.tools.edit_tool import EditTool
from satchel.tools.errors import ToolError
from satchel.tools.glob_tool import GlobTool
from satchel.tools.grep_tool import GrepTool
from satchel.tools.legacy_file_tools import ReadFileTool, WriteFileTool
from satchel.tools.list_dir_tool import ListDirTool
from satchel.tools.read_tool import ReadTool
from satchel.tools.spec import Tool
from satchel.tools.write_tool import WriteTool


class ToolRegistry:
    """Tools in the order of their registration."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def register(self, tool: Tool) -> None:
        """Add a tool.

        Raises InputError when its name is taken: two tools of one name cannot be told apart.
        """
        name = tool.schema.name
        if name in self._tools:
            raise InputError(
                "tool.duplicate",
                f"A tool named {name!r} is registered already.",
                "Give the new one another name.",
            )
        self._tools[name] = tool

    def get(self, name: str) -> Tool:
        """The tool of that name. Raises ToolError naming the tools there are."""
        tool = self._tools.get(name)
        if tool is None:
            close = difflib.get_close_matches(name, self._tools, n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            known = ", ".join(self._tools) or "none"
            raise ToolError(name, f"there is no such tool.{meant}", f"Tools: {known}.", code="tool.unknown")
        return tool

    def names(self) -> tuple[str, ...]:
        """Names in the order of registration."""
        return tuple(self._tools)

    def schemas(self) -> tuple[ToolSchema, ...]:
        """What the model is told, in the order of registration."""
        return tuple(tool.schema for tool in self._tools.values())


def default_registry(commands: CommandIndex | None = None) -> ToolRegistry:
    """A new registry with all built-in tools; with Command where programs can run (`commands` are those installed)."""
    registry = ToolRegistry()
    tools: tuple[Tool, ...] = (
        ReadTool(),
        WriteTool(),
        EditTool(),
        GlobTool(),
        GrepTool(),
        ListDirTool(),
        ReadFileTool(),
        WriteFileTool(),
    )
    for tool in tools:
        registry.register(tool)
    if commands is not None:
        registry.register(CommandTool(commands))
    return registry
