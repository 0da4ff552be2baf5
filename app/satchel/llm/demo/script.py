"""What the demo does, from its first word to its last: run tools, explore, find, edit, check, sum up.

The functions are generators for `replay`: `yield` says something, calls tools and gets what came of the calls.
None of them sees a file; what they know of the project is what the tools told in this turn. A flaw that cannot be
put right with certainty is passed over, and each turn makes one change at most.
"""

from __future__ import annotations

import re

from satchel.llm.demo import pipeline, speech
from satchel.llm.demo.conversation import Turn
from satchel.llm.demo.failures import Failures
from satchel.llm.demo.file_choice import WORKSPACE, best_first, looks_generated
from satchel.llm.demo.finders import FURTHER_FINDERS, PROSE_FINDER, Finder, Fix
from satchel.llm.demo.layout import Project
from satchel.llm.demo.replay import Call, Script, Step
from satchel.llm.demo.shown import clipped
from satchel.llm.demo.tool_results import Outcome, entries, line_matches, numbered_lines
from satchel.llm.demo.whole_texts import improve_texts

TOOLS = ("ListDir", "Glob", "Grep", "Read", "Edit", "Write")

_MAX_LISTED = 3_000
_FILES_TRIED = 3
_CONTEXT_LINES = 3
_HEAD_LINES = 8
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def improve(turn: Turn, *, runs_commands: bool = False) -> Script[str]:
    """The whole turn; returns what is said last. With `runs_commands` the first turn also shows real tools at work."""
    tools = ""
    if runs_commands and turn.is_first:
        (ran,) = yield Step(speech.run_tools(turn, pipeline.SHOWN), (pipeline.call(),))
        tools = speech.tools_ran(ran, pipeline.NAMES, pipeline.longest(ran))
    return (yield from _improve(turn, tools))


def _improve(turn: Turn, tools: str) -> Script[str]:
    """One improvement. `tools` is what to say first about the tools that ran; empty when none did."""
    failures = Failures()
    listing, files, found = yield Step(
        speech.after_tools(tools, PROSE_FINDER) if tools else speech.introduction(turn, PROSE_FINDER),
        (
            Call("ListDir", {"path": WORKSPACE}),
            Call("Glob", {"pattern": "**/*", "max_files": _MAX_LISTED}),
            _search(PROSE_FINDER),
        ),
    )
    if listing.failed or files.failed:
        return speech.gave_up(listing.reason or files.reason, ())
    project = _project(listing, files)
    summary = yield from _improve_line(turn, PROSE_FINDER, found, failures)
    if summary is None and project.files and not failures.too_many:
        text = speech.look_further(project, FURTHER_FINDERS)
        results = yield Step(text, tuple(map(_search, FURTHER_FINDERS)))
        for finder, found in zip(FURTHER_FINDERS, results, strict=True):
            if summary is None and not failures.too_many:
                summary = yield from _improve_line(turn, finder, found, failures)
    if summary is None and not failures.too_many:
        summary = yield from improve_texts(turn, project, failures)
    if summary is None:
        return speech.gave_up(failures.last, ()) if failures.number else speech.nothing_left()
    return summary


def _search(finder: Finder) -> Call:
    return Call(
        "Grep",
        {
            "query": finder.query,
            "file_glob": finder.file_glob,
            "mode": "files_with_matches",
            "case_sensitive": not finder.ignore_case,
        },
    )


def _search_file(finder: Finder, path: str) -> Call:
    return Call(
        "Grep",
        {
            "query": finder.line_query(path),
            "root": path,
            "case_sensitive": not finder.ignore_case,
            "after_context": 1,
        },
    )


def _project(listing: Outcome, files: Outcome) -> Project:
    top = entries(listing)
    return Project(
        names=tuple(entry.name for entry in top),
        top_files=tuple(f"{WORKSPACE}/{entry.name}" for entry in top if entry.is_file),
        files=tuple(files.strings("matches")),
        complete=not files.flag("truncated"),
    )


def _improve_line(turn: Turn, finder: Finder, found: Outcome, failures: Failures) -> Script[str | None]:
    """Try the files in which a finder's flaw was found, best first. None: nothing was changed."""
    paths = best_first(found.strings("files"))
    for path in paths[:_FILES_TRIED]:
        matches, head = yield Step(
            speech.locate(finder, path, len(paths), is_first=path == paths[0]),
            (
                _search_file(finder, path),
                Call("Read", {"file_path": path, "offset": 1, "limit": _HEAD_LINES}),
            ),
        )
        if matches.failed or matches.flag("truncated") or looks_generated(head.text("content")):
            continue
        fixes = _certain_fixes(turn, finder, path, matches)
        if not fixes:
            continue
        summary = yield from _apply(finder, fixes[0], len(fixes) - 1, failures)
        if summary is not None or failures.too_many:
            return summary
    return None


def _certain_fixes(turn: Turn, finder: Finder, path: str, matches: Outcome) -> list[Fix]:
    """Fixes whose line is in the file once, so that the edit is exact, and that were not made in an earlier turn."""
    listed = line_matches(matches)
    return [
        fix
        for fix in finder.fixes(path, listed)
        if sum(match.text.count(fix.before) for match in listed) == 1 and not turn.tried(path, fix.before)
    ]


def _apply(finder: Finder, fix: Fix, others: int, failures: Failures) -> Script[str | None]:
    """Read, edit, check. None when the file turned out to be otherwise or the edit failed."""
    first = max(1, fix.line - _CONTEXT_LINES)
    window = Call("Read", {"file_path": fix.path, "offset": first, "limit": 2 * _CONTEXT_LINES + 1})
    (context,) = yield Step(speech.read_around(fix), (window,))
    if numbered_lines(context).get(fix.line) != fix.before:
        return None
    (edited,) = yield Step(
        speech.edit_line(fix, finder),
        (Call("Edit", {"file_path": fix.path, "old_string": fix.before, "new_string": fix.after}),),
    )
    if edited.failed:
        failures.add(edited)
        return None
    old_text = Call("Grep", {"query": _SPECIAL.sub(r"\\\g<0>", fix.before), "root": fix.path})
    context, matches = yield Step(speech.check_line(fix), (window, old_text))
    problem = _problem(fix, context, matches)
    return speech.line_summary(fix, finder, problem, others)


def _problem(fix: Fix, context: Outcome, matches: Outcome) -> str:
    """What the check found wrong; empty when all is well."""
    if context.failed or matches.failed:
        reason = clipped(context.reason or matches.reason, 200)
        return f"The check failed ({reason}). Please look at the line in the review."
    if numbered_lines(context).get(fix.line) != fix.after:
        return f"Line {fix.line} does not read as intended. Please look at it in the review."
    if any(match.text == fix.before for match in line_matches(matches)):
        return "The old text is still somewhere in the file. Please look at it in the review."
    return ""
