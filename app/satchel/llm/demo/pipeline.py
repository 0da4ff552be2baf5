"""The step that runs real command line tools: which text files of the project are the longest.

It comes once in a session, and only where the tool Command is. It changes nothing, so that it can fail, or be refused,
without harm: the demo says so and goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from satchel.llm.demo.replay import Call
from satchel.llm.demo.tool_results import Outcome

TOOL = "Command"

_SHOWN = 5
_SKIPPED = ("node_modules", ".git")
# Lines of every text file, then the largest counts first. A name that holds a colon is sorted by its own part of it.
PIPELINE = [
    ["grep", "-rIc", *(f"--exclude-dir={name}" for name in _SKIPPED), "", "."],
    ["sort", "-t", ":", "-k", "2", "-n", "-r"],
    ["head", "-n", str(_SHOWN)],
]
SHOWN = "grep -rIc '' . | sort -t : -k 2 -n -r | head -n 5"
NAMES = " | ".join(argv[0] for argv in PIPELINE)

_LINE = re.compile(r"(?:\./)?(.+):([0-9]+)")


@dataclass(frozen=True, slots=True)
class Longest:
    """What the pipeline told: the longest file and its number of lines."""

    path: str
    lines: int


def call() -> Call:
    """The tool call."""
    return Call(TOOL, {"pipeline": PIPELINE})


def longest(outcome: Outcome) -> Longest | None:
    """The first line of the answer; None when the tools did not run, failed, or found no text file with lines."""
    if outcome.failed or outcome.number("exitCode") != 0:
        return None
    match = _LINE.fullmatch(outcome.text("stdout").partition("\n")[0])
    if match is None or int(match[2]) == 0:
        return None
    return Longest(match[1], int(match[2]))
