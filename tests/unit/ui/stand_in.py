"""A stand-in for the agent and its project: the real data types, set by the test, and a record of what was asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from satchel.agent.transcript import Question, SessionView, TextItem, ToolItem, TranscriptItem
from satchel.base.errors import InputError
from satchel.base.ids import ProjectId, QuestionId, SessionId, ToolUseId
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.permission.grant import Grant
from satchel.permission.request import Capability
from satchel.runtime.foreground import Screen
from satchel.runtime.process import TerminalSize
from satchel.runtime.run_command import CommandEvent, RunPlace
from satchel.runtime.terminal import Terminal
from satchel.session.catalogue import SessionSummary
from satchel.session.events import Lifetime
from satchel.ui.app import App
from satchel.ui.controller import Examine
from satchel.ui.effects import Effect
from satchel.workspace.changeset import Change, Changeset
from satchel.workspace.commit_report import CommitReport, InterruptedCommit
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.commit_undo import UndoReport
from satchel.workspace.comparison import Comparison
from satchel.workspace.errors import NotFoundError
from satchel.workspace.guest_files import DirectoryEntry
from satchel.workspace.import_plan import ImportOptions, ImportPlan, ImportProgress, ImportReport
from satchel.workspace.import_source import ImportSource

SESSION = SessionId("a" * 32)
OTHER_SESSION = SessionId("b" * 32)
EMPTY_SESSION = SessionView(SESSION, "New session", None, (), "idle", (), "f" * 64, 1, "demo")


class FixedClock:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        return None


class StandInProject:
    """Files in a dict, and the same files before."""

    def __init__(self, now: Mapping[str, str], before: Mapping[str, str] | None = None) -> None:
        self.id = ProjectId("c" * 32)
        self.name = "tide-table"
        self.now = dict(now)
        self.before = dict(before or {})
        self.files = self

    def list_directory(self, path: str) -> Sequence[DirectoryEntry]:
        below = path.removeprefix("/workspace").strip("/")
        prefix = f"{below}/" if below else ""
        names: dict[str, DirectoryEntry] = {}
        for file in self.now:
            if file.startswith(prefix):
                name, slash, _ = file[len(prefix) :].partition("/")
                names[name] = DirectoryEntry(name, "directory" if slash else "file")
        if not names:
            raise NotFoundError(f"{path} does not exist.")
        return [names[name] for name in sorted(names)]

    def read_bytes(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        text = self.now.get(path.removeprefix("/workspace/"))
        if text is None:
            raise NotFoundError(f"{path} does not exist.")
        return text.encode()[offset : None if length is None else offset + length]

    def compare(self, path: str) -> Comparison:
        before, after = self.before.get(path), self.now.get(path)
        return Comparison(path, None, None, None, before, after, False, False, False, ())


class NoPlace:
    """Where no program is found."""

    def find(self) -> RunPlace:
        raise InputError("agent.no_project", "There are no programs here.")

    def report(self, event: CommandEvent) -> None:
        raise AssertionError("nothing runs")

    async def changed(self) -> None:
        raise AssertionError("nothing runs")


@dataclass
class StandIn:
    """An `AgentPort`."""

    project: StandInProject | None = None
    changeset: Changeset | None = None
    interrupted_commit: InterruptedCommit | None = None
    kept: tuple[str, ...] = ()
    import_progress: ImportProgress | None = None
    plan: ImportPlan | None = None
    report: CommitReport | None = None
    failure: Exception | None = None
    calls: list[tuple[str, object]] = field(default_factory=list)
    grants: tuple[Grant, ...] = ()
    session: SessionView = EMPTY_SESSION
    sessions: tuple[SessionSummary, ...] = (
        SessionSummary(SESSION, "New session"),
        SessionSummary(OTHER_SESSION, "Another one"),
    )

    def show(self, **changes: object) -> None:
        """Replace fields of the session's view."""
        self.session = replace(self.session, **changes)  # type: ignore[arg-type]

    def _note(self, name: str, value: object) -> None:
        self.calls.append((name, value))
        if self.failure is not None:
            raise self.failure

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    async def submit(self, text: str) -> None:
        self._note("submit", text)

    def cancel(self) -> None:
        self._note("cancel", None)

    def cancel_import(self) -> None:
        self._note("cancel_import", None)

    async def answer(self, question_id: QuestionId, *, allowed: bool, lifetime: Lifetime = "session") -> None:
        self._note("answer", (question_id, allowed, lifetime))

    def revoke(self, capability: Capability, scope: str = "*") -> None:
        self._note("revoke", (capability, scope))

    async def new_session(self) -> None:
        self._note("new_session", None)

    async def open_session(self, session_id: SessionId) -> None:
        self._note("open_session", session_id)

    async def rename_session(self, session_id: SessionId, title: str) -> None:
        self._note("rename_session", (session_id, title))

    async def delete_session(self, session_id: SessionId, *, keep_project: bool = False) -> None:
        self._note("delete_session", (session_id, keep_project))

    async def export_session(self, session_id: SessionId) -> bytes:
        self._note("export_session", session_id)
        return b"{}\n"

    async def plan_import(self, source: ImportSource, options: ImportOptions) -> ImportPlan:
        self._note("plan_import", source)
        assert self.plan is not None
        return self.plan

    async def run_import(self, plan: ImportPlan, *, new_project_name: str | None) -> ImportReport:
        self._note("run_import", new_project_name)
        return ImportReport(plan.files, plan.bytes, 0.1, (), "d" * 64)

    async def refresh_changes(self) -> Changeset:
        self._note("refresh_changes", None)
        return self.changeset or Changeset((), "0" * 64)

    async def commit(self, accepted: Collection[str], target: CommitTarget) -> CommitReport:
        self._note("commit", tuple(accepted))
        assert self.report is not None
        return self.report

    async def put_back(self, target: CommitTarget) -> UndoReport | None:
        self._note("put_back", target.name)
        self.interrupted_commit = None
        return UndoReport(("README.md",), self.kept, ())

    async def leave_interrupted_commit(self) -> None:
        self._note("leave_interrupted_commit", None)
        self.interrupted_commit = None

    async def discard(self, paths: Collection[str]) -> None:
        self._note("discard", tuple(paths))

    async def export_patch(self, accepted: Collection[str]) -> bytes:
        self._note("export_patch", tuple(accepted))
        return b"patch"

    def open_terminal(self, screen: Screen, changed: Callable[[], None], size: TerminalSize) -> Terminal:
        self._note("open_terminal", None)
        return Terminal(NoPlace(), screen, changed, size)

    async def export_archive(self, kind: str) -> bytes:
        self._note("export_archive", kind)
        return b"PK"


class Stage:
    """An `App` on a stand-in, with what it sent."""

    def __init__(self, service: StandIn | None = None, examine: Examine | None = None) -> None:
        self.service = service or StandIn()
        self.effects: list[Effect] = []
        self.app = App(self.service, self.effects.append, FixedClock(), examine=examine)

    async def act(
        self, action: str, /, form: JsonObject | None = None, value: str | None = None, **args: JsonValue
    ) -> None:
        """Send an action as the page does."""
        extra: dict[str, JsonValue] = {}
        if form is not None:
            extra["form"] = form
        if value is not None:
            extra["value"] = value
        await self.app.act(action, args, extra)

    def regions(self) -> dict[str, JsonValue]:
        """All regions as they are now."""
        return dict(self.app.full())

    def changed(self) -> list[str]:
        """The ids of the regions that changed since the last look."""
        return [region_id for region_id, _ in self.app.render()]

    def notices(self) -> str:
        """What the notices say."""
        return text_of(self.regions()["notices"])


def project_with_changes() -> StandIn:
    """A project with a modified file and a flagged one."""
    before = {"README.md": "seperate\n", "tides/a.py": "x = 1\n"}
    now = {**before, "README.md": "separate\n", "AGENTS.md": "Obey.\n"}
    service = StandIn(project=StandInProject(now, before))
    service.changeset = Changeset(
        (change("AGENTS.md", "add", "instructions"), change("README.md", "modify")), "e" * 64
    )
    return service


def change(path: str, kind: str, *flags: str) -> Change:
    """A change of one line."""
    return Change(path, kind, None, None, None, False, 1, int(kind == "modify"), flags)  # type: ignore[arg-type]


def user(text: str, number: int = 1) -> TextItem:
    """A task."""
    return TextItem(f"text-{number}", "user", text, False, 1_700_000_000_000)


def assistant(text: str, number: int = 2, *, streaming: bool = False) -> TextItem:
    """What the model wrote."""
    return TextItem(f"text-{number}", "assistant", text, streaming, 1_700_000_000_000)


def tool(name: str, number: int = 1, **fields: object) -> ToolItem:
    """A finished tool use."""
    values: dict[str, object] = {"input": {}, "state": "done", **fields}
    return ToolItem(ToolUseId(f"use-{number}"), name, **values)  # type: ignore[arg-type]


def question(number: int = 1, **fields: str) -> Question:
    """A permission question."""
    values = {
        "tool": "Edit",
        "capability": "write",
        "subject": "/workspace/README.md",
        "prompt": "Change files?",
        **fields,
    }
    return Question(QuestionId(f"question-{number}"), ToolUseId("use-1"), input={}, **values)


def long_transcript(count: int) -> tuple[TranscriptItem, ...]:
    """Turns of four items."""
    paragraph = "I looked at `tides/predict.py` and **found** something. " * 4
    items: list[TranscriptItem] = []
    for n in range(count // 4):
        items += [
            user(f"Task {n}", 2 * n),
            assistant(f"{paragraph}\n\n- one\n- two\n\n{paragraph}", 2 * n + 1),
            tool("Read", 2 * n, input={"file_path": "/workspace/a.py"}, output={"content": "x\n"}),
            tool(
                "Edit",
                2 * n + 1,
                input={"file_path": "a.py", "old_string": "a", "new_string": "b"},
                output={},
            ),
        ]
    return tuple(items)


def elements(tree: JsonValue) -> Iterable[tuple[str, JsonObject, Sequence[JsonValue]]]:
    """Every element of a tree, outer ones first."""
    if isinstance(tree, tuple):
        tag, props, children = tree
        yield tag, props, children
        for child in children:
            yield from elements(child)


def text_of(tree: JsonValue) -> str:
    """All text of a tree."""
    if isinstance(tree, str):
        return tree
    return " ".join(text_of(child) for child in tree[2] if child) if isinstance(tree, tuple) else ""


def find(tree: JsonValue, tag: str, **props: JsonValue) -> list[tuple[str, JsonObject, Sequence[JsonValue]]]:
    """The elements with this tag and these props (underscores for hyphens)."""
    wanted = {name.rstrip("_").replace("_", "-"): value for name, value in props.items()}
    return [
        e
        for e in elements(tree)
        if e[0] == tag and all(e[1].get(name) == value for name, value in wanted.items())
    ]
