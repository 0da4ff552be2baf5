"""What `satchel run` prints: events as JSON lines, or text for a person; never both on one stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from satchel.base.jsonvalue import JsonObject, dumps
from satchel.workspace.changeset import Changeset
from satchel.workspace.commit_report import CommitReport
from satchel.workspace.guest_path import shown
from satchel.workspace.importer import ImportReport

_LETTERS = {"add": "A", "modify": "M", "delete": "D", "rename": "R", "mode": "M", "type": "T"}


class RunReporter:
    """Prints what happens as it happens. With `jsonl` only events go to `out`, each as one line.

    When nobody reads any more (a closed pipe) `on_closed` is called once, and nothing more is printed.
    """

    def __init__(self, out: TextIO, notes: TextIO, on_closed: Callable[[], None], *, jsonl: bool) -> None:
        self._out = out
        self._notes = notes
        self._on_closed = on_closed
        self._jsonl = jsonl
        self._is_closed = False
        self._in_text = False
        self._committed = False
        self.ended_well = False

    def event(self, envelope: JsonObject) -> None:
        """One event of the session, in the form in which it is stored."""
        if self._jsonl:
            self._print(dumps(envelope), self._out)
        data = envelope.get("data")
        if not isinstance(data, dict):
            return
        kind = envelope.get("type")
        if kind == "result":
            self.ended_well = data.get("stopReason") == "end"
        if not self._jsonl:
            self._tell(str(kind), data)

    def imported(self, report: ImportReport) -> None:
        """The folder was copied."""
        self.note(f"{report.files} files copied to a shadow workspace; the folder itself is not touched.")

    def changes(self, changeset: Changeset) -> None:
        """What the agent changed."""
        if not changeset.changes:
            self.note("Nothing was changed.")
        for change in changeset.changes:
            lines = "binary" if change.binary else f"+{change.lines_added} -{change.lines_removed}"
            self.note(f"  {_LETTERS[change.kind]}  {shown(change.path)}  {lines}")

    def kept(self, patch: Path, folder: Path) -> None:
        """The changes are in a patch; when they were not written to the folder, this is how they can be."""
        self.note(f"The changes are in {patch}")
        if not self._committed:
            self.note(f"{folder} stays as it was. To apply them: git -C {folder} apply {patch}")

    def committed(self, report: CommitReport) -> None:
        """A commit was tried."""
        for conflict in report.conflicts:
            self.note(f"  conflict  {shown(conflict.path)}: {conflict.reason}")
        if report.conflicts:
            self.note(
                f"{report.target} changed since it was copied. Nothing was written; run the task again."
            )
        else:
            self._committed = True
            self.note(f"{len(report.committed)} changes written to {report.target}.")
        for note in report.notes:
            self.note(note)

    def note(self, text: str) -> None:
        """Something the user should know."""
        self._end_text()
        self._print(text, self._notes)

    def _tell(self, kind: str, data: JsonObject) -> None:
        if kind == "assistant.delta":
            self._in_text = True
            self._print(str(data.get("textDelta", "")), self._out, end="")
        elif kind == "assistant.message":
            self._end_text()
        elif kind == "tool.use":
            self.note(f"  · {data.get('name')} {_brief(data.get('input'))}")
        elif kind == "tool.result" and data.get("isError"):
            self.note(f"    {data.get('errorMessage')}")
        elif kind == "result" and data.get("stopReason") != "end":
            self.note(
                f"The task ended early ({data.get('stopReason')}). {data.get('errorMessage') or ''}".rstrip()
            )

    def _end_text(self) -> None:
        if self._in_text:
            self._print("", self._out)
        self._in_text = False

    def _print(self, text: str, sink: TextIO, end: str = "\n") -> None:
        if self._is_closed:
            return
        try:
            print(text, end=end, file=sink, flush=True)
        except BrokenPipeError:
            self._is_closed = True
            self._on_closed()


def _brief(value: object) -> str:
    """The fields of a tool's input that say what it is about, on one line."""
    if not isinstance(value, dict):
        return ""
    fields = (f"{name}={item!r}" for name, item in value.items() if isinstance(item, str | int))
    text = " ".join(fields)
    return text if len(text) <= 100 else text[:99] + "…"
