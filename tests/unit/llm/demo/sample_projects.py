"""Projects of many kinds, each with what the demo's first turn must change in it, byte for byte."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

from satchel.entry.sample_project import sample_archive

LAYOUT = b"## Project layout\n\n"
FINISHED = b"# Done\n\nNothing to see.\n\n" + LAYOUT + b"It is all here.\n"


@dataclass(frozen=True)
class SampleProject:
    """`replaced`: per changed file the old part, which is there once, and the new one. `created`: new files.

    `place` is what the summary must name.
    """

    name: str
    files: dict[str, bytes]
    replaced: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    created: dict[str, bytes] = field(default_factory=dict)
    place: str = ""

    @property
    def after(self) -> dict[str, bytes]:
        """All files after the first turn."""
        changed = {path: self.files[path].replace(old, new, 1) for path, (old, new) in self.replaced.items()}
        return {**self.files, **changed, **self.created}


def _bundled_sample() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(sample_archive())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _new_readme(*lines: bytes) -> dict[str, bytes]:
    return {"README.md": b"# About this project\n\n" + LAYOUT + b"".join(line + b"\n" for line in lines)}


_CORE = b'''"""Core."""


def first(items, default):
    """The first item.

    if items == None:
        the default
    """
    for item in items:
        return item
    if default == None: # nothing to fall back on
        raise ValueError
    return default
'''

_UNCERTAIN = b"""# The seperate part

Call `recieve_all` with the option `seperate` turned on for that.
See [the page](docs/seperate.md) and <https://example.org/seperate/page> for what it does.
It was once written "seperate" in all of the manuals.
Typo fixed: it is not seperate any more but right.
The class is named seperate_things and the file seperate.py in all versions.

    an example of the the seperate output of the program

```
another example of the the seperate output
```
"""
_UNCERTAIN_CODE = b'''"""Docs."""

seperate = 1  # one seperate thing that is named by a wrong word
query = table.filter(table.name == None)
if table.name == None and seperate:
    pass
TEMPLATE = """
# this seperate line is in a template
if value == None:
"""
'''

SAMPLE_PROJECTS = (
    SampleProject(
        "bundled sample",
        _bundled_sample(),
        {"README.md": (b"is seperate from", b"is separate from")},
        place="`README.md:7`",
    ),
    SampleProject(
        "python package",
        {"README.md": FINISHED, "pkg/__init__.py": b"", "pkg/core.py": _CORE},
        {"pkg/core.py": (b"if default == None: #", b"if default is None: #")},
        place="`pkg/core.py:12`",
    ),
    SampleProject(
        "javascript with dependencies",
        {
            "package.json": b'{"name": "x"}\n',
            "src/server.js": b"export function on() {}\n// We Recieve one message after the other here\non();\n",
            "node_modules/a/readme.md": b"This package is usefull for all of us.\n",
            "dist/app.min.js": b"// We recieve one message after the other here\n",
        },
        {"src/server.js": (b"Recieve", b"Receive")},
        place="`src/server.js:2`",
    ),
    SampleProject(
        "documents only",
        {
            "guide.md": b"# Guide\n\nOpen the the window before you start to paint.\n",
            "notes/old.txt": b"It rained.\n",
        },
        {"guide.md": (b"the the", b"the")},
        place="`guide.md:3`",
    ),
    SampleProject(
        "space at the end of lines",
        {"readme.md": FINISHED, "a.ts": b"const a = `\nb:  \n`;\nlet c;\nfoo(); \t\nif (c) {\n}\n"},
        {"a.ts": (b"foo(); \t\n", b"foo();\n")},
        place="`a.ts:5`",
    ),
    SampleProject(
        "last line without an end",
        {"README.md": b"# Short\r\n\r\nThe end"},
        {"README.md": (b"The end", b"The end\r\n")},
        place="`README.md:3`",
    ),
    SampleProject("empty", {}, created=_new_readme(b"There are no files yet."), place="`README.md:3`"),
    SampleProject(
        "binary only",
        {
            "img/a.png": b"\x89PNG\r\n\x1a\n\0\0",
            "img/b.png": b"\x89PNG\r\n\x1a\n\0\1",
            "c.bin": b"\0seperate",
        },
        created=_new_readme(b"- `img/`: 2 files, all of them `.png`", b"- the top folder: 1 file"),
        place="`README.md:3`",
    ),
    SampleProject(
        "clean with a readme",
        {"README.md": b"# X\n\nFine.\n", "src/a.go": b"package a\n", ".github/ci.yml": b"on: push\n"},
        {"README.md": (b"Fine.\n", b"Fine.\n\n" + LAYOUT + b"- `src/`: 1 file\n- the top folder: 1 file\n")},
        place="`README.md:5`",
    ),
    SampleProject(
        "clean with a readme in reStructuredText and CRLF",
        {"README.rst": b"X\r\n=\r\n\r\nFine.\r\n"},
        {
            "README.rst": (
                b"Fine.\r\n",
                b"Fine.\r\n\r\nProject layout\r\n--------------\r\n\r\n- the top folder: 1 file\r\n",
            )
        },
        place="`README.rst:6`",
    ),
    SampleProject(
        "readme that is no UTF-8",
        {"README.md": b"# Caf\xe9\n"},
        created={"PROJECT.md": b"# About this project\n\n" + LAYOUT + b"- the top folder: 1 file\n"},
        place="`PROJECT.md:3`",
    ),
    SampleProject(
        "readme with both kinds of line ends",
        {"README.md": b"# X\r\n\nA line.\n"},
        created={"PROJECT.md": b"# About this project\n\n" + LAYOUT + b"- the top folder: 1 file\n"},
        place="`PROJECT.md:3`",
    ),
    SampleProject(
        "lines that are there twice",
        {"a.md": b"This line is truely here.\nThis line is truely here.\nAnd this one is truely last.\n"},
        {"a.md": (b"truely last", b"truly last")},
        place="`a.md:3`",
    ),
    SampleProject(
        "names that are hard to quote",
        {
            'it\'s "a" b/na\u00efve \u2603 `x`.md': b"This is truely a text with five words.\n",
            "line\nbreak/b.md": b"Fine.\n",
        },
        {'it\'s "a" b/na\u00efve \u2603 `x`.md': (b"truely", b"truly")},
        place='``it\'s "a" b/na\u00efve \u2603 `x`.md:1``',
    ),
    SampleProject(
        "CRLF and old bytes",
        {"README.md": b"# X\r\n\r\ncaf\xe9\r\nAll of THIER names are here.\nmixed\r\n"},
        {"README.md": (b"THIER", b"THEIR")},
        place="`README.md:4`",
    ),
    SampleProject(
        "huge file",
        {"log.txt": b"A line that occured before all others.\n" + b"0123456789 abcdef\n" * 80_000},
        {"log.txt": (b"occured", b"occurred")},
        place="`log.txt:1`",
    ),
    SampleProject(
        "nothing of its own",
        {
            "LICENSE": b"Provided seperate from all other rights to it.\n",
            "docs/LICENSE.txt": b"Provided seperate from all other rights to it.\n",
            "package-lock.json": b"{}",
            "vendor/x.md": b"This is truely a text with five words.\n",
            "tests/fixtures/y.md": b"This is truely a text with five words.\n",
            "gen.py": b"# Code generated by a tool; do not edit.\n# This is truely a text with five words.\n",
        },
        created=_new_readme(b"- `docs/`: 1 file", b"- `tests/`: 1 file", b"- the top folder: 3 files"),
        place="`README.md:3`",
    ),
    SampleProject(
        "nothing certain",
        {"README.md": FINISHED, "docs/uncertain.md": _UNCERTAIN, "a.py": _UNCERTAIN_CODE},
    ),
    SampleProject("finished", {"README.md": FINISHED}),
)
