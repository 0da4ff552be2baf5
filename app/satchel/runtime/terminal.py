"""A person's terminal on the workspace: a small command prompt, and the programs that it starts.

It is no shell (`runtime.command_line` says what a line may hold). Nothing waits here for the agent: both work on the
same files at once.
"""

from __future__ import annotations

import asyncio
import posixpath
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from satchel.base.errors import InputError, SatchelError
from satchel.runtime.command_line import parse
from satchel.runtime.completion import Completion, complete
from satchel.runtime.errors import SpawnError
from satchel.runtime.foreground import ForegroundJob, Screen
from satchel.runtime.guest_environment import COMMAND_PATH, guest_environment
from satchel.runtime.line_editor import EndOfInput, Entered, LineEditor, in_columns
from satchel.runtime.process import ExitStatus, SpawnRequest, TerminalSize
from satchel.runtime.program_search import find_program
from satchel.runtime.run_command import CommandEvent, RunPlace
from satchel.runtime.signals import signal_name

_HOME = "/home/user"
_WELCOME = (
    "The installed programs, on the same files that the agent works on. help lists them; "
    "F6 takes the keyboard on to the next part of the page."
)
_BUILT_IN = {
    "cd": "cd [DIRECTORY]  work in another directory; - is the one before",
    "clear": "clear           clear the screen",
    "exit": "exit            end this terminal",
    "help": "help [COMMAND]  what there is, or what a command does",
    "history": "history         the lines entered so far",
    "pwd": "pwd             where you are",
}
_RED, _DIM, _BOLD, _PLACE, _PLAIN = "\x1b[31m", "\x1b[90m", "\x1b[1m", "\x1b[1;34m", "\x1b[0m"

# What a program may leave behind: modes, colours and character sets, a report of the mouse, the other screen.
_RESTORED = "\x1b[!p\x1b[?1000l\x1b[?47l\x1b[?25h"


class TerminalPlace(Protocol):
    """What a terminal works on and who has to know of it."""

    def find(self) -> RunPlace:
        """Where programs run now. Raises InputError when there is no project (any more)."""

    def report(self, event: CommandEvent) -> None:
        """A program started or ended, or was refused something."""

    async def changed(self) -> None:
        """Programs may have changed files."""


class Terminal:
    """See the module. `changed` is called when `running` or `ended` is another."""

    def __init__(
        self, place: TerminalPlace, screen: Screen, changed: Callable[[], None], size: TerminalSize
    ) -> None:
        self._place = place
        self._screen = screen
        self._changed = changed
        self._size = size
        self._cwd = self._before = "/workspace"
        self._editor = LineEditor(self._complete, size.columns)
        self._task: asyncio.Task[None] | None = None
        self._job: ForegroundJob | None = None
        self._ahead = ""
        self.running = ""
        self.ended = False

    def begin(self) -> None:
        """Show the first prompt, on a terminal as it is when new."""
        self._show("\x1bc")
        self._say(_DIM, _WELCOME)
        self._prompt()

    def keys(self, text: str) -> None:
        """What the user typed or pasted."""
        if self.ended:
            return
        if self._task is None:
            self._edit(text)
        elif self._job is not None:
            self._job.keys(text.encode("utf-8", "replace"))
        elif "\x03" in text:
            self.kill()
        else:
            self._ahead += text

    def resize(self, size: TerminalSize) -> None:
        """The terminal has another size now."""
        if size == self._size:
            return
        self._size = size
        if self._job is not None:
            self._job.resize(size)
        if self._task is None and not self.ended:
            self._editor.resize(size.columns)
            self._show(self._editor.take_output())
        else:
            self._editor.columns = size.columns

    def kill(self) -> None:
        """End what runs, with all that it started."""
        self._ahead = ""
        if self._job is not None:
            self._job.kill()
        elif self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """End the terminal and what runs in it. It shows nothing more."""
        self.ended = True
        self.kill()

    # --- The prompt

    def _edit(self, text: str) -> None:
        outcome = self._editor.feed(text)
        self._show(self._editor.take_output())
        match outcome:
            case Entered(line, rest):
                self._ahead = rest
                self._task = asyncio.get_running_loop().create_task(self._execute(line))
                self._task.add_done_callback(self._executed)
            case EndOfInput():
                self._end()

    def _prompt(self) -> None:
        place = "~" if self._cwd == _HOME else _printable(self._cwd)
        self._editor.begin(f"{_PLACE}{place}{_PLAIN} $ ")
        self._show(self._editor.take_output())

    def _executed(self, task: asyncio.Task[None]) -> None:
        self._task = self._job = None
        self.running = ""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._complain(f"{type(error).__name__}: {error}")
        if self.ended:
            self._changed()
            return
        if task.cancelled():
            self._show("^C\r\n")
        self._prompt()
        self._changed()
        ahead, self._ahead = self._ahead, ""
        if ahead:
            self._edit(ahead)

    def _complete(self, before: str) -> Completion:
        try:
            place = self._place.find()
        except SatchelError:
            return Completion()
        return complete(before, self._cwd, {*place.index.names, *_BUILT_IN}, place.files)

    # --- Commands

    async def _execute(self, line: str) -> None:
        try:
            programs = parse(line)
            if not programs:
                return
            place = self._place.find()
            if len(programs) == 1 and programs[0][0] in _BUILT_IN:
                self._built_in(place, programs[0])
                return
            await self._run(place, programs, line.strip())
        except SatchelError as error:
            self._complain(error.message)
            if error.remedy:
                self._say(_DIM, error.remedy)
            if isinstance(error, SpawnError):
                self._show_status(ExitStatus(error.status))

    async def _run(self, place: RunPlace, programs: tuple[tuple[str, ...], ...], line: str) -> None:
        self._require_directory(place, self._cwd)
        requests = [self._request(place, argv) for argv in programs]
        job = ForegroundJob(place, self._screen, self._place.report)
        await job.start(requests, self._size)
        self._job, self.running = job, line
        self._changed()
        # What came with the line, or while its programs were started, is for them, as on any terminal.
        ahead, self._ahead = self._ahead, ""
        job.keys(ahead.encode("utf-8", "replace"))
        try:
            status = await job.to_the_end()
        finally:
            await self._place.changed()
        self._ahead = job.unread().decode("utf-8", "replace")
        self._show(_RESTORED + ("" if job.ends_with_newline else "\r\n"))
        if status.code != 0:
            self._show_status(status)

    def _request(self, place: RunPlace, argv: tuple[str, ...]) -> SpawnRequest:
        if argv[0] in _BUILT_IN and argv[0] not in place.index.commands:
            raise InputError(
                "terminal.built_in", f"{argv[0]} is a command of this prompt.", "It works only by itself."
            )
        env = guest_environment(self._cwd, {"TERM": "xterm-256color", "COLORTERM": "truecolor"})
        program = find_program(argv[0], self._cwd, COMMAND_PATH, place.index, place.files)
        return SpawnRequest(program, argv, env, self._cwd, limits=replace(place.limits, wall_seconds=0.0))

    def _built_in(self, place: RunPlace, argv: tuple[str, ...]) -> None:
        name, *operands = argv
        if len(operands) > (name in ("cd", "help")):
            raise InputError("terminal.operands", f"{name}: too many operands.", _BUILT_IN[name])
        match name:
            case "cd":
                self._change_directory(place, *operands)
            case "pwd":
                self._show(f"{_printable(self._cwd)}\r\n")
            case "clear":
                self._show("\x1b[H\x1b[2J\x1b[3J")
            case "history":
                lines = (f"{at:5}  {line}\r\n" for at, line in enumerate(self._editor.history, 1))
                self._show("".join(lines))
            case "help":
                self._help(place, *operands)
            case "exit":
                self._end()

    def _change_directory(self, place: RunPlace, target: str = _HOME) -> None:
        path = self._before if target == "-" else target
        found = place.files.canonical(posixpath.join(self._cwd, path))
        self._require_directory(place, found)
        self._before, self._cwd = self._cwd, found
        if target == "-":
            self._show(f"{_printable(found)}\r\n")

    def _help(self, place: RunPlace, name: str = "") -> None:
        commands = place.index.commands
        if name:
            if name not in commands and name not in _BUILT_IN:
                raise InputError("terminal.unknown", f"{name} is not installed.", "help lists what is.")
            command = commands.get(name)
            text = _BUILT_IN.get(name) or (command.summary if command else "")
            self._show(f"{_BOLD}{name}{_PLAIN}  {_printable(text)}\r\n")
            return
        own = "".join(f"  {text}\r\n" for text in _BUILT_IN.values())
        self._show(f"{_BOLD}Of this prompt{_PLAIN}\r\n{own}")
        if place.index.names:
            listed = in_columns(place.index.names, self._size.columns)
            self._show(f"{_BOLD}Programs{_PLAIN} (NAME --help tells more)\r\n{listed}")
        self._say(
            _DIM,
            "Join programs with |. Tab completes; Ctrl-C ends a program, Ctrl-D its input, Ctrl-Z stops nothing. "
            "Redirections, variables and wildcards come with the shell.",
        )

    def _require_directory(self, place: RunPlace, path: str) -> None:
        if place.files.stat(path).kind != "directory":
            raise InputError("terminal.no_directory", f"{_printable(path)} is not a directory.")

    def _end(self) -> None:
        self.ended = True
        self._changed()

    # --- What is seen

    def _show_status(self, status: ExitStatus) -> None:
        name = f" ({signal_name(status.signal)})" if status.signal else ""
        detail = f": {status.detail}" if status.detail else ""
        self._say(_DIM, f"exit status {status.code}{name}{detail}")

    def _complain(self, text: str) -> None:
        self._say(_RED, text)

    def _say(self, colour: str, text: str) -> None:
        """A paragraph of our own, in lines that fit."""
        lines = textwrap.wrap(_printable(text), self._size.columns, break_on_hyphens=False)
        self._show("".join(f"{colour}{line}{_PLAIN}\r\n" for line in lines))

    def _show(self, text: str) -> None:
        if text and not self.ended:
            self._screen.show(text.encode("utf-8", "replace"))


def _printable(text: str) -> str:
    """`text` with nothing in it that a terminal would obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
