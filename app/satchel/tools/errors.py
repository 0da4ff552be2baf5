"""What a tool says when it cannot do what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from satchel.base.errors import SatchelError


class ToolError(SatchelError):
    """A tool call failed; its text goes to the model, so it names cause and remedy and starts with the
    tool's name.

    `code` is `tool.input` when the call itself is at fault, otherwise the code of the failure below.
    """

    def __init__(self, tool: str, message: str, remedy: str = "", *, code: str = "tool.input") -> None:
        super().__init__(code, f"{tool}: {message}", remedy)
        self.tool = tool


@contextmanager
def reported_by(tool: str) -> Iterator[None]:
    """Turn every expected failure inside the block into a `ToolError` of `tool`."""
    try:
        yield
    except ToolError:
        raise
    except SatchelError as error:
        raise ToolError(tool, error.message, error.remedy, code=error.code) from error
