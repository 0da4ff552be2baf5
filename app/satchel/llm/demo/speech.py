"""What the demo says, for somebody who sees Satchel for the first time."""

from __future__ import annotations

from satchel.llm.demo.conversation import Turn
from satchel.llm.demo.file_choice import relative
from satchel.llm.demo.finders import Finder, Fix
from satchel.llm.demo.layout import TITLE, Project
from satchel.llm.demo.pipeline import Longest
from satchel.llm.demo.shown import clipped, code_span
from satchel.llm.demo.tool_results import Outcome

REVIEW = (
    "The change is waiting in Changes: look at it there, then accept or reject it. "
    "Your real folder has not been touched."
)


def where(path: str, line: int | None = None) -> str:
    """A place as it is quoted: the path inside the project, with a line number where one is known."""
    place = relative(path) if line is None else f"{relative(path)}:{line}"
    return code_span(place)


def introduction(turn: Turn, finder: Finder) -> str:
    """Says first of all that this is no language model."""
    asked = _quoted_task(turn)
    if turn.is_first:
        return (
            f"{_presents_itself(turn)}look around, make one small and safe improvement, and check it.\n\n"
            f"First I list the files, and at the same time look for {finder.aim}."
        )
    return (
        f"Still the scripted demo, so I take{asked or ' this'} as a wish for one more small improvement. "
        f"I list the files again, and at the same time look for {finder.aim}."
    )


def run_tools(turn: Turn, command: str) -> str:
    """The first words where programs can run."""
    return (
        f"{_presents_itself(turn)}run command line tools, look around, make one small and safe improvement, and check "
        f"it.\n\nFirst a pipeline of real tools, for the longest text files: {code_span(command)}"
    )


def tools_ran(outcome: Outcome, names: str, found: Longest | None) -> str:
    """What came of the pipeline, whether it ran or not."""
    tools = code_span(names)
    if found is not None:
        lines = f"{found.lines:,} lines" if found.lines != 1 else "1 line"
        return (
            f"The programs {tools} ran side by side on the copy of your project, each in a sandbox of its own. "
            f"The longest text file is {code_span(found.path)} with {lines}."
        )
    if outcome.denied:
        return f"To run {tools} was not allowed, so I go on without."
    if outcome.failed:
        return (
            f"The programs {tools} could not run here ({clipped(outcome.reason, 200)}), so I go on without."
        )
    return f"The programs {tools} ran, and found no text file with lines in it."


def after_tools(told: str, finder: Finder) -> str:
    """Between the tools and the look around."""
    return f"{told} Now I list the files, and at the same time look for {finder.aim}."


def look_further(project: Project, finders: tuple[Finder, ...]) -> str:
    """Before the finders that are asked together."""
    aims = " and for ".join(finder.aim for finder in finders)
    number = len(project.files)
    total = f"{number:,}" if project.complete else f"more than {number:,}"
    files = "The project has 1 file" if number == 1 and project.complete else f"The project has {total} files"
    return f"{files}, and none with a word that is certain to be wrong. Next I look for {aims}."


def locate(finder: Finder, path: str, number: int, is_first: bool) -> str:
    """Before one file is searched; in `number` files there may be something."""
    if not is_first:
        return f"Nothing there that I am certain of. The next file is {where(path)}."
    files = "There may be some in 1 file" if number == 1 else f"There may be some in {number:,} files"
    return f"I looked for {finder.aim}. {files}; the one to begin with is {where(path)}."


def read_around(fix: Fix) -> str:
    """Before the lines around a fix are read."""
    return f"{where(fix.path, fix.line)} is worth improving. I read the lines around it before I change anything."


def edit_line(fix: Fix, finder: Finder) -> str:
    """Before the edit."""
    return f"I change this one line: {_difference(fix)}. {finder.why}"


def check_line(fix: Fix) -> str:
    """After the edit."""
    return f"Done. To check it I read the line again and search {where(fix.path)} for the old text."


def line_summary(fix: Fix, finder: Finder, problem: str, left: int) -> str:
    """The end of a turn that improved one line. `problem`: what the check found wrong, empty if nothing."""
    checked = problem or (
        f"I read line {fix.line} again and it is as intended; the old text is no longer there."
    )
    more = f"\n\n{_places(left)} like it in this file; ask again and I go on." if left else ""
    return (
        f"One line is better now.\n\n"
        f"- **Where:** {where(fix.path, fix.line)}\n"
        f"- **Before:** {code_span(clipped(fix.before, 200))}\n"
        f"- **After:** {code_span(clipped(fix.after, 200))}\n"
        f"- **Why:** {finder.why}\n"
        f"- **Checked:** {checked}\n\n"
        f"{REVIEW}{more}"
    )


def read_main_files(number: int) -> str:
    """Before the files of the top folder are read."""
    files = "the file that introduces the project" if number == 1 else f"{number} files of the top folder"
    return f"Nothing to put right in the lines themselves. I read {files} as a whole."


def end_last_line(path: str) -> str:
    """Before a line end is added."""
    return (
        f"The last line of {where(path)} does not end with a line break, which many tools expect. I add it."
    )


def check_last_line(path: str) -> str:
    """After a line end was added."""
    return f"Done. To check it I read {where(path)} again."


def last_line_summary(path: str, line: int, text: str, ended: bool) -> str:
    """The end of a turn that added a line end."""
    checked = (
        "I read the file again: all lines are as they were, and the last one is ended."
        if ended
        else "I read the file again and could not confirm the line break. Please look at it in the review."
    )
    return (
        f"One line is better now.\n\n"
        f"- **Where:** {where(path, line)}\n"
        f"- **Before:** {code_span(clipped(text, 200))} without a line break at the end of the file\n"
        f"- **After:** the same text with one\n"
        f"- **Checked:** {checked}\n\n{REVIEW}"
    )


def describe_layout(path: str, is_new: bool) -> str:
    """Before the section about the layout is written."""
    if is_new:
        return f"There is no text that introduces the project, so I write {where(path)} with what I saw of its layout."
    return f"{where(path)} does not say what is where in the project. I add a short section with what I saw."


def check_layout(path: str) -> str:
    """After the section was written."""
    return f"Done. To check it I search {where(path)} for the new heading and read it again."


def layout_summary(path: str, line: int, is_new: bool) -> str:
    """The end of a turn that described the layout; `line` is 0 when the heading was not found again."""
    before = "there was no such file" if is_new else "no section about the layout"
    checked = (
        f"the new section is there, from line {line} on, and the text before it is as it was."
        if line
        else "I could not find the heading again. Please look at the file in the review."
    )
    return (
        f"The project now says what is where.\n\n"
        f"- **Where:** {where(path, line or None)}\n"
        f"- **Before:** {before}\n"
        f"- **After:** “{TITLE}”, a list of the top folders with what they hold\n"
        f"- **Checked:** {checked}\n\n{REVIEW}"
    )


def nothing_left() -> str:
    """The end of a turn that found nothing."""
    return (
        "I found nothing else that is certain to be an improvement, so I changed nothing in this turn. "
        "I looked for misspelled and doubled words, comparisons with None, surplus spaces, unfinished last lines and a "
        "missing description of the layout. A language model can do more; this demo only shows how a task goes."
    )


def denied(outcome: Outcome, changed: tuple[str, ...]) -> str:
    """The end of a turn in which the user, or the policy, refused something."""
    return f"{outcome.tool} was not allowed, so I stop here. {_what_stands(changed)}"


def gave_up(problem: str, changed: tuple[str, ...]) -> str:
    """The end of a turn in which tools failed."""
    return f"I stop here, because a tool failed: {clipped(problem, 300)}\n\n{_what_stands(changed)}"


def out_of_step(changed: tuple[str, ...]) -> str:
    """The end of a turn that something else began."""
    return (
        "This turn was begun by another version of the demo or by another model, and I cannot go on with it. "
        f"{_what_stands(changed)}"
    )


def no_tools(missing: list[str]) -> str:
    """The end of a turn without the tools it takes."""
    names = ", ".join(missing)
    return f"I am the built-in demo: a script, not a language model. I need the tools {names}, and they are not there."


def _presents_itself(turn: Turn) -> str:
    return (
        "I am the built-in demo: a script, not a language model, so I cannot really work on"
        f"{_quoted_task(turn) or ' a task'}. What I can do is show how a task goes, with the real tools on your "
        "project: "
    )


def _quoted_task(turn: Turn) -> str:
    return f" “{clipped(turn.task, 80)}”" if turn.task.strip() else ""


def _what_stands(changed: tuple[str, ...]) -> str:
    if not changed:
        return "No file was changed. Send another message whenever you want me to try again."
    return f"Changed before that: {', '.join(map(where, changed))}. I could not check it. {REVIEW}"


def _difference(fix: Fix) -> str:
    if fix.before.startswith(fix.after):
        return f"{fix.wrong} at its end removed"
    return f"“{fix.wrong}” becomes “{fix.right}”"


def _places(number: int) -> str:
    return "There is 1 more place" if number == 1 else f"There are {number} more places"
