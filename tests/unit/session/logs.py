"""What the log tests share: a clock moved by hand, sample events, and logs of known content."""

from __future__ import annotations

from satchel.adapters.memory.log import MemoryLogStorage
from satchel.base.ids import ProjectId, QuestionId, SessionId, ToolUseId
from satchel.session import events
from satchel.session.log import OpenedLog, open_log

SESSION = SessionId("0190" + "ab" * 14)


class HandClock:
    """A `Clock` that moves when told to, and by sleeping."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def now_ms(self) -> int:
        return round(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


EVERY_EVENT: tuple[events.KnownEvent, ...] = (
    events.SystemInit(SESSION, "0.1.0", "demo", ProjectId("1" * 32)),
    events.UserMessage("fix 😀 \udcff \u2028 teh typos\n"),
    events.AssistantDelta("I "),
    events.AssistantMessage("I look.", (ToolUseId("t1"),), "demo", "tool_use", events.TokenUsage(3, 4)),
    events.ToolUsed(ToolUseId("t1"), "Read", {"file_path": "a.py", "nested": {"list": [1, None, 2.5, True]}}),
    events.PermissionQuestioned(
        QuestionId("t1:0"), ToolUseId("t1"), "Read", "May it?", "read", "/workspace/a.py", "*"
    ),
    events.PermissionDecided(
        QuestionId("t1:0"), True, "session", "user", ToolUseId("t1"), "read", "/workspace/a.py", "*"
    ),
    events.PermissionRevoked("read", "*"),
    events.ToolResulted(ToolUseId("t1"), None, True, "tool.input", "Read: no such file", 12),
    events.ToolResulted(ToolUseId("t2"), {"content": "x" * 40}, False, None, None, 3),
    events.ProcessStarted(7, ("ls", "-l", "\udcff"), "/workspace", {"timeoutMs": 5000}, ToolUseId("t2"), 1),
    events.ProcessAudited(8, "write", "/workspace/.git/config", "ACCES", ToolUseId("t2")),
    events.ProcessEnded(7, 137, 9, "wall", "5 s", 1_200_000, 7, True, False, 5003, 3, ToolUseId("t2")),
    events.TurnEnded("Done.", "error", events.TokenUsage(5, 6), "provider.auth", "No key."),
    events.WorkspaceImported(ProjectId("1" * 32), "demo", 3, 400, "d" * 64),
    events.WorkspaceCommitted("folder", ("a.py",), ("b.py",), (), "e" * 64),
    events.WorkspaceDiscarded(("c.py", "d.py")),
    events.SessionRenamed("Typos"),
    events.LogRecovered("damaged", 8, 40, "damaged-8"),
)


async def opened(storage: MemoryLogStorage, *, create: bool = True) -> OpenedLog:
    """The log of `SESSION`, made if it does not exist."""
    return await open_log(storage, SESSION, HandClock(), create=create)


async def full_log() -> tuple[MemoryLogStorage, list[int]]:
    """A log with one of every event, and where each record ends (the end of the magic first)."""
    storage = MemoryLogStorage()
    log = (await opened(storage)).log
    ends = [len(storage.logs[SESSION])]
    for event in EVERY_EVENT:
        log.append(event)
        ends.append(len(storage.logs[SESSION]))
    log.close()
    return storage, ends
