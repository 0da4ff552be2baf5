"""Records of processes as they are stored: what was once written is read for ever, and absent fields have defaults."""

from __future__ import annotations

import pytest

from satchel.base.ids import ToolUseId
from satchel.base.jsonvalue import dumps, loads
from satchel.session.codec import event_data, event_from_data, type_name
from satchel.session.events import Event, ProcessAudited, ProcessEnded, ProcessStarted, UnknownEvent

_USE = ToolUseId("t1")
_LIMITS = {
    "maxStdoutBytes": 1048576,
    "maxStderrBytes": 1048576,
    "memoryBytes": 536870912,
    "outputBytes": 67108864,
    "timeoutMs": 120000,
}
# As they are in logs. Never change a line: add one.
STORED = [
    (
        "process.start",
        '{"argv":["grep","-rl","a b","."],"cwd":"/workspace/src","limits":{"maxStderrBytes":1048576,'
        '"maxStdoutBytes":1048576,"memoryBytes":536870912,"outputBytes":67108864,"timeoutMs":120000},'
        '"pid":12,"stage":0,"toolUseId":"t1"}',
        ProcessStarted(12, ("grep", "-rl", "a b", "."), "/workspace/src", _LIMITS, _USE),
    ),
    (
        "process.start",
        '{"argv":["sh"],"cwd":"/workspace","limits":{},"pid":3}',
        ProcessStarted(3, ("sh",), "/workspace", {}),
    ),
    (
        "process.audit",
        '{"errno":"ACCES","kind":"read","pid":12,"subject":"/workspace/secret","toolUseId":"t1"}',
        ProcessAudited(12, "read", "/workspace/secret", "ACCES", _USE),
    ),
    (
        "process.end",
        '{"cause":"exit","denied":1,"detail":"","durationMs":41,"exitCode":2,"pid":12,"signal":0,"stderrBytes":30,'
        '"stdoutBytes":2000000,"toolUseId":"t1","truncatedStderr":false,"truncatedStdout":true}',
        ProcessEnded(12, 2, 0, "exit", "", 2_000_000, 30, True, False, 41, 1, _USE),
    ),
    ("process.end", '{"exitCode":0,"pid":3}', ProcessEnded(3, 0)),
]


@pytest.mark.parametrize(("name", "text", "event"), STORED)
def test_stored_records_are_read(name: str, text: str, event: Event) -> None:
    data = loads(text)
    assert isinstance(data, dict)
    assert event_from_data(name, data) == event
    assert event_from_data(name, {**data, "laterField": [1]}) == event


@pytest.mark.parametrize("event", [event for _, _, event in STORED])
def test_what_is_written_is_read_back(event: Event) -> None:
    data = loads(dumps(event_data(event)))
    assert isinstance(data, dict)
    assert event_from_data(type_name(event), data) == event


def test_a_record_without_what_it_needs_is_kept_as_it_is() -> None:
    data = {"pid": 1, "argv": "ls", "cwd": "/", "limits": {}}
    assert event_from_data("process.start", data) == UnknownEvent("process.start", data)
