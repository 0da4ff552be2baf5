"""What only a file as a whole shows: a last line without its end, and a README that does not say what is where.

Part of the script, see there; it comes last, and its last resort works on any project, an empty one included.
"""

from __future__ import annotations

from dataclasses import dataclass

from satchel.llm.demo import speech
from satchel.llm.demo.conversation import Turn
from satchel.llm.demo.failures import Failures
from satchel.llm.demo.file_choice import WORKSPACE, extension, is_readme
from satchel.llm.demo.layout import TITLE, Project, describes_layout, layout_section
from satchel.llm.demo.replay import Call, Script, Step
from satchel.llm.demo.tool_results import Outcome, line_matches

_MAIN_FILES = ("contributing.md", "pyproject.toml", "package.json", "makefile", ".gitignore", ".editorconfig")
_NEW_FILES = ("README.md", "PROJECT.md")


def improve_texts(turn: Turn, project: Project, failures: Failures) -> Script[str | None]:
    """Read the main files of the top folder and improve one. None: nothing was changed."""
    by_name = {path.rpartition("/")[2].lower(): path for path in project.top_files}
    readme = next((path for name, path in sorted(by_name.items()) if is_readme(name)), None)
    main = [by_name[name] for name in _MAIN_FILES if name in by_name]
    if readme is not None:
        main.insert(0, readme)
    outcomes: tuple[Outcome, ...] = ()
    if main:
        calls = tuple(Call("Read", {"file_path": path}) for path in main)
        outcomes = yield Step(speech.read_main_files(len(main)), calls)
    texts = {path: text.text("content") for path, text in zip(main, outcomes, strict=True) if _is_whole(text)}
    for path, content in texts.items():
        summary = yield from _end_last_line(turn, path, content, failures)
        if summary is not None or failures.too_many:
            return summary
    change = _layout_change(turn, project, readme, texts.get(readme or "", ""))
    return None if change is None else (yield from _describe_layout(change, failures))


def _is_whole(text: Outcome) -> bool:
    return not (text.failed or text.flag("truncated") or text.text("encoding") or text.text("image"))


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n")


def _end_last_line(turn: Turn, path: str, content: str, failures: Failures) -> Script[str | None]:
    last = content.rpartition("\n")[2]
    if not last.strip() or "\r" in last or content.count(last) != 1 or turn.tried(path, last):
        return None
    edit = Call("Edit", {"file_path": path, "old_string": last, "new_string": last + "\n"})
    (edited,) = yield Step(speech.end_last_line(path), (edit,))
    if edited.failed:
        failures.add(edited)
        return None
    (again,) = yield Step(speech.check_last_line(path), (Call("Read", {"file_path": path}),))
    ended = _with_line_feeds(again.text("content")) == _with_line_feeds(content) + "\n"
    return speech.last_line_summary(path, content.count("\n") + 1, last, ended)


@dataclass(frozen=True, slots=True)
class _LayoutChange:
    """The call that adds the section, and the text that the file should then have, with line feeds."""

    path: str
    call: Call
    expected: str


def _layout_change(turn: Turn, project: Project, readme: str | None, content: str) -> _LayoutChange | None:
    """At the end of the README where that can be edited, else in a new file. Never twice in a session."""
    written = (str(use.input.get(name, "")) for use in turn.earlier for name in ("new_string", "content"))
    if describes_layout(content) or any(TITLE in text for text in written):
        return None
    end = _unique_end(content)
    if readme is not None and end:
        addition = ("" if end.endswith("\n") else "\n") + "\n" + layout_section(project, extension(readme))
        edit = Call("Edit", {"file_path": readme, "old_string": end, "new_string": end + addition})
        return _LayoutChange(readme, edit, _with_line_feeds(content) + addition)
    taken = {name.lower() for name in project.names}
    free = next((name for name in _NEW_FILES if name.lower() not in taken), None)
    if free is None:
        return None
    path, text = f"{WORKSPACE}/{free}", f"# About this project\n\n{layout_section(project, 'md')}"
    return _LayoutChange(path, Call("Write", {"file_path": path, "content": text}), text)


def _describe_layout(change: _LayoutChange, failures: Failures) -> Script[str | None]:
    is_new = change.call.tool == "Write"
    (written,) = yield Step(speech.describe_layout(change.path, is_new), (change.call,))
    if written.failed:
        failures.add(written)
        return None
    found, again = yield Step(
        speech.check_layout(change.path),
        (
            Call("Grep", {"query": TITLE, "root": change.path}),
            Call("Read", {"file_path": change.path}),
        ),
    )
    headings = line_matches(found)
    as_intended = _with_line_feeds(again.text("content")) == change.expected
    return speech.layout_summary(change.path, headings[-1].line if headings and as_intended else 0, is_new)


def _unique_end(content: str) -> str:
    """The fewest last lines that are in the text once, with their ends; empty when they cannot be edited exactly.

    In a text that mixes both kinds of line ends, replacing them could change the kind of one.
    """
    text = _with_line_feeds(content)
    if "\r" in text or (text != content and content.count("\r\n") != content.count("\n")):
        return ""
    lines = text.splitlines(keepends=True)
    for number in range(1, len(lines) + 1):
        end = "".join(lines[-number:])
        if end.strip() and text.count(end) == 1:
            return end
    return ""
