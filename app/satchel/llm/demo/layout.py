"""The section "Project layout": what is in the project's top folder, for a README that does not say it yet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from satchel.llm.demo.file_choice import extension, may_be_edited, relative
from satchel.llm.demo.shown import code_span

TITLE = "Project layout"

_LISTED = 30
_DESCRIBED = re.compile(
    r"^[#=\s]*(project|repository|repo|source|code|folder|directory|file)?s?\s*(layout|structure|tree|overview)\s*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Project:
    """What the first look showed.

    `files` are guest paths; `complete` tells whether these are all of them.
    """

    names: tuple[str, ...]
    top_files: tuple[str, ...]
    files: tuple[str, ...]
    complete: bool


def describes_layout(text: str) -> bool:
    """Whether a README has such a section already, under this or a similar title."""
    return _DESCRIBED.search(text) is not None


def layout_section(project: Project, kind: str) -> str:
    """The section, for a file with the extension `kind`. Ends with a line feed."""
    heading = {"rst": f"{TITLE}\n{'-' * len(TITLE)}", "adoc": f"== {TITLE}"}.get(kind)
    if heading is None:
        is_plain = kind not in ("md", "markdown")
        heading = f"{TITLE}\n{'-' * len(TITLE)}" if is_plain else f"## {TITLE}"
    return f"{heading}\n\n" + "\n".join(_lines(project)) + "\n"


def _lines(project: Project) -> list[str]:
    folders: dict[str, list[str]] = {}
    for path in project.files:
        top, slash, _ = relative(path).partition("/")
        if slash and not top.startswith(".") and may_be_edited(f"{top}/x"):
            folders.setdefault(top, []).append(path)
    lines = [
        f"- {code_span(f'{name}/')}" + (f": {_counted(paths)}" if project.complete else "")
        for name, paths in sorted(folders.items())[:_LISTED]
    ]
    if len(folders) > _LISTED:
        lines.append(f"- and {len(folders) - _LISTED} more folders")
    if project.top_files:
        lines.append(f"- the top folder: {_counted(project.top_files)}")
    return lines or ["There are no files yet."]


def _counted(paths: Sequence[str]) -> str:
    number = "1 file" if len(paths) == 1 else f"{len(paths)} files"
    kinds = Counter(extension(path) for path in paths)
    kind, most = min(kinds.items(), key=lambda item: (-item[1], item[0]))
    if len(paths) < 2 or not kind or most * 2 <= len(paths):
        return number
    return f"{number}, {'all' if most == len(paths) else 'most'} of them {code_span('.' + kind)}"
