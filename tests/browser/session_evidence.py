"""What an exported session proves: an unbroken chain of events, and what they say is in the workspace's files.

It reads the export as a stranger would, by the format alone, so that it agrees with the product only if both are right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

WORKSPACE = "/workspace/"
WRITING_TOOLS = ("Edit", "Write")
_GENESIS = "0" * 64

Event = Mapping[str, Any]


class SessionEvidence:
    """The events of one exported session. Raises AssertionError unless each follows from the one before."""

    def __init__(self, export: bytes) -> None:
        self.events: list[Event] = []
        self._digests = [_GENESIS]
        assert export.endswith(b"\n"), "the last record is whole"
        for line in export.split(b"\n")[:-1]:
            event = json.loads(line)
            assert event["seq"] == len(self.events) + 1
            assert event["prev"] == self._digests[-1], (
                f"event {event['seq']} does not follow from the one before"
            )
            self.events.append(event)
            self._digests.append(hashlib.sha256(line).hexdigest())

    def digest(self, number: int) -> str:
        """The hash of an event by its number, which starts at 1."""
        assert number < len(self._digests), f"event {number} is not in the log of {len(self.events)} events"
        return self._digests[number]

    def since(self, number: int) -> list[Event]:
        """The events after that one."""
        return self.events[number:]

    def of_type(self, kind: str) -> list[Event]:
        """The data of all events of a type."""
        return [event["data"] for event in self.events if event["type"] == kind]


@dataclass
class ExpectedFiles:
    """What the files of a workspace must be: as imported, and changed by what tools reported as done.

    A tool that was cut may have written or not; its file may be either, and is taken as it is found.
    """

    content: dict[str, bytes]
    undecided: dict[str, bytes] = field(default_factory=dict)

    def follow(self, events: Iterable[Event]) -> None:
        """Carry out the edits of these events, which may not have been followed before."""
        for use, result in tool_uses(events):
            if use["name"] not in WRITING_TOOLS:
                continue
            path = use["input"]["file_path"].removeprefix(WORKSPACE)
            if result is None or result.get("errorType") in ("Interrupted", "Cancelled"):
                self.undecided[path] = self._after(path, use)
            elif not result.get("isError"):
                self.content[path] = self._after(path, use)

    def check(self, found: Mapping[str, bytes]) -> None:
        """Raises AssertionError unless the files are exactly as expected."""
        for path, content in self.undecided.items():
            if found.get(path) == content:
                self.content[path] = content
        self.undecided.clear()
        assert sorted(found) == sorted(self.content), "no file is missing, none is new"
        different = [path for path, content in found.items() if content != self.content[path]]
        assert not different, f"these do not hold what the log says: {different}"

    def _after(self, path: str, use: Event) -> bytes:
        given = use["input"]
        if use["name"] == "Write":
            return str(given["content"]).encode()
        before = self.content[path].decode()
        assert before.count(given["old_string"]) == 1, "the demo makes edits that are exact"
        return before.replace(given["old_string"], given["new_string"]).encode()


def tool_uses(events: Iterable[Event]) -> Iterator[tuple[Event, Event | None]]:
    """Each tool use with its result, in the order of the results; those without a result come last."""
    uses: dict[str, Event] = {}
    for event in events:
        data = event["data"]
        if event["type"] == "tool.use":
            uses[data["toolUseId"]] = data
        elif event["type"] == "tool.result":
            yield uses.pop(data["toolUseId"]), data
    for use in uses.values():
        yield use, None
