"""The cases of this folder: what a program finds, what it is told to do, and what must come of it.

A file holds cases with a line `case: NAME` each. `where: root` runs a case on the agent's own guest tree only,
`confined` in a developer's directory only; without it, it runs in both, and must give the same. Before the calls:

    dir: PATH | file: PATH [MODE] "CONTENT" (or *N for N bytes x) | link: PATH -> TARGET | links: NAME N TARGET
    program: NAME PATH      a program of this folder, executable
    stdin: "TEXT" | argv: WORDS after the script | env: WORDS | limit: NAME VALUE (of `ProcessLimits`)
    long: yes               one of those that only a full run tries in every place

Then one call of `programs/calls.c` a line, `CALL => WHAT IT PRINTS` (` / ` between lines, nothing for no line), or
instead `run: PROGRAM WORDS` or `run: PROGRAM@ARGV0 WORDS`, a program of its own, with `| LINE` for each line it prints
({base} is the directory of the files). Words in capitals are numbers of the ABI, @N@ is a name of N bytes, `@dots N@`
a path of N, `@spawn FILE SCRIPT PAIRS` starts a child and waits for nothing. At the end `status: N` or `status:
signal N [CAUSE]`, `stderr: "TEXT"`, `stdout-bytes: N` instead of lines, and `after: PATH "CONTENT"` or `after: PATH
absent`.

Descriptor 4, `$w`, is the directory of the files: it is opened before the first call.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from satchel.wasi import abi
from tests.conformance.wasi.manifest import Manifest

HERE = Path(__file__).resolve().parent
Place: TypeAlias = Literal["root", "confined"]

DIRECTORY_RIGHTS = 0x7BFFE00
FILE_RIGHTS = 0x8E001FF


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is there before, or must be there after. Paths are below the directory of the files."""

    kind: Literal["dir", "file", "link", "program", "absent"]
    path: str
    content: bytes = b""
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Case:
    """One run of one program in one place. `manifest` is the whole workspace afterwards, None where any will do."""

    id: str
    place: Place
    program: str
    argv: tuple[str, ...]
    stdout: bytes
    env: tuple[str, ...] = ()
    before: tuple[Entry, ...] = ()
    after: tuple[Entry, ...] = ()
    manifest: Manifest | None = None
    stdin: bytes = b""
    stderr: bytes = b""
    stdout_bytes: int | None = None
    code: int = 0
    signal: int = 0
    cause: str = "exit"
    limits: dict[str, float] = field(default_factory=dict)
    long: bool = False


def _constants() -> dict[str, int]:
    groups = (
        abi.Rights,
        abi.Oflags,
        abi.Fdflags,
        abi.Fstflags,
        abi.Whence,
        abi.Clockid,
        abi.SpawnFlags,
        abi.WaitFlags,
    )
    found = {name: int(member) for group in groups for name, member in group.__members__.items()}
    found |= {f"SIG{name}": int(member) for name, member in abi.Signal.__members__.items()}
    return found | {"FOLLOW": 1, "ALL": int(abi.ALL_RIGHTS), "DIR": DIRECTORY_RIGHTS, "FILE": FILE_RIGHTS}


CONSTANTS = _constants()
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[A-Z][A-Z0-9_]*(?:\|[A-Z][A-Z0-9_]*)*(?![\w:(])|.', re.DOTALL)


def unquoted(text: str) -> bytes:
    """The bytes of a string as `calls` reads it, quotes included."""

    def one(match: re.Match[str]) -> str:
        found = match[1]
        if found[0] == "x":
            return chr(int(found[1:], 16))
        return {"n": "\n", "0": "\0"}.get(found, found)

    assert text[:1] == text[-1:] == '"', text
    return re.sub(r"\\(x[0-9a-f]{2}|.)", one, text[1:-1]).encode("latin-1")


def quoted(text: str) -> str:
    """`text` inside a string of a script."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def numbers_for_names(call: str) -> str:
    """A call with the constants of the ABI as numbers, outside of strings."""

    def one(match: re.Match[str]) -> str:
        words = match[0].split("|")
        if words[0][:1].isupper() and all(word in CONSTANTS for word in words):
            value = 0
            for word in words:
                value |= CONSTANTS[word]
            return str(value)
        return match[0]

    return _TOKEN.sub(one, call)


def _expanded(call: str) -> str:
    call = re.sub(r"@dots (\d+)@", lambda match: "./" * (int(match[1]) // 2) + ".", call)
    call = re.sub(r"@(\d+)@", lambda match: "n" * int(match[1]), call)
    if match := re.fullmatch(r'@spawn ("(?:\\.|[^"])*") ("(?:\\.|[^"])*") (\(.*\))', call):
        file, script, pairs = match.groups()
        script = numbers_for_names_inside(script)
        argv = f'"tool\\0{script[1:-1]}\\0"'
        call = f'process.spawn {file} {argv} "" "/workspace" {pairs} 0 >pid:var32'
    # A child prints beside its parent: its parent says nothing of the start, so that the order is certain.
    quiet = "quiet " if call.startswith(("process.spawn", "process.exec")) else ""
    return quiet + numbers_for_names(call)


def numbers_for_names_inside(script: str) -> str:
    """A quoted script with its constants as numbers."""
    return re.sub(
        r"(?<![\\\w:$])[A-Z][A-Z0-9_]+(?![\w:])", lambda match: str(CONSTANTS.get(match[0], match[0])), script
    )


class _Reader:
    """Reads one case, line by line."""

    def __init__(self, file: str, name: str) -> None:
        self.case = Case(f"{file}: {name}", "root", "calls", (), b"")
        self.places: tuple[Place, ...] = ("root", "confined")
        self.script: list[str] = []
        self.expected: list[str] = []
        self.words: tuple[str, ...] = ()
        self.argv0 = "calls"
        self.last_newline = "\n"

    def line(self, line: str) -> None:
        key, _, value = line.partition(": ")
        reader = getattr(self, f"_{key.replace('-', '_')}", None) if re.fullmatch(r"[a-z-]+", key) else None
        if reader is not None:
            reader(value)
        elif line.startswith("|"):
            self.expected.append(line[2:])
        else:
            self._call(line)

    def _call(self, line: str) -> None:
        call, arrow, result = line.partition(" =>")
        assert arrow or call.startswith("let "), line
        self.script.append(_expanded(call.strip()))
        results = [one.strip() for one in result.split(" / ")] if result.strip() else []
        self.expected += results

    def _where(self, value: str) -> None:
        self.places = ("root",) if value == "root" else ("confined",)

    def _before(self, entry: Entry) -> None:
        self.case = replace(self.case, before=(*self.case.before, entry))

    def _dir(self, value: str) -> None:
        self._before(Entry("dir", value, mode=0o755))

    def _file(self, value: str) -> None:
        match = re.fullmatch(r'(\S+)(?: ([0-7]+))? (?:(".*")|\*(\d+))', value)
        assert match, value
        content = unquoted(match[3]) if match[3] else b"x" * int(match[4])
        self._before(Entry("file", match[1], content, int(match[2] or "644", 8)))

    def _link(self, value: str) -> None:
        path, _, target = value.partition(" -> ")
        self._before(Entry("link", path, target.encode()))

    def _links(self, value: str) -> None:
        name, count, target = value.split()
        for index in range(1, int(count) + 1):
            self._before(
                Entry("link", f"{name}{index}", (target if index == 1 else f"{name}{index - 1}").encode())
            )

    def _program(self, value: str) -> None:
        name, path = value.split()
        self._before(Entry("program", path, name.encode(), 0o755))

    def _stdin(self, value: str) -> None:
        self.case = replace(self.case, stdin=unquoted(value))

    def _argv(self, value: str) -> None:
        self.words = tuple(_plain(word) for word in shlex.split(value))

    def _env(self, value: str) -> None:
        self.case = replace(self.case, env=tuple(_plain(word) for word in shlex.split(value)))

    def _limit(self, value: str) -> None:
        name, number = value.split()
        self.case = replace(
            self.case,
            limits={**self.case.limits, name: float(number) if name.endswith("seconds") else int(number)},
        )

    def _run(self, value: str) -> None:
        program, *words = shlex.split(value)
        name, _, self.argv0 = program.partition("@")
        self.argv0 = self.argv0 or name
        self.case = replace(self.case, program=name)
        self.words = tuple(words)

    def _status(self, value: str) -> None:
        if not value.startswith("signal "):
            self.case = replace(self.case, code=int(value))
            return
        _, number, *cause = value.split()
        self.case = replace(
            self.case, signal=int(number), code=128 + int(number), cause=cause[0] if cause else "signal"
        )

    def _long(self, _: str) -> None:
        self.case = replace(self.case, long=True)

    def _no_newline(self, _: str) -> None:
        self.last_newline = ""

    def _stderr(self, value: str) -> None:
        self.case = replace(self.case, stderr=unquoted(value))

    def _stdout_bytes(self, value: str) -> None:
        self.case = replace(self.case, stdout_bytes=int(value))

    def _after(self, value: str) -> None:
        path, _, content = value.partition(" ")
        entry = Entry("absent", path) if content == "absent" else Entry("file", path, unquoted(content))
        self.case = replace(self.case, after=(*self.case.after, entry))

    def cases(self) -> Iterator[Case]:
        """The case in each of its places."""
        for place in self.places:
            base = "/workspace" if place == "root" else "/"
            words = [word.replace("{base}", base) for word in self.words]
            lines = list(self.expected)
            if self.case.program == "calls":
                opened = "workspace" if place == "root" else "."
                first = f'path_open 3 0 "{opened}" 2 {DIRECTORY_RIGHTS} {CONSTANTS["ALL"]} 0 >w:u32'
                words.insert(0, "\n".join([first, *self.script]))
                lines.insert(0, "SUCCESS w=4")
            stdout = "\n".join(lines) + self.last_newline if lines else ""
            yield replace(
                self.case,
                id=f"{self.case.id} [{place}]",
                place=place,
                argv=(self.argv0, *words),
                stdout=stdout.encode(),
            )


def _plain(word: str) -> str:
    return unquoted(f'"{word}"').decode("utf-8")


def cases_of(file: Path) -> list[Case]:
    """The cases of one file, in order."""
    readers: list[_Reader] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("case: "):
            readers.append(_Reader(file.stem, line.removeprefix("case: ")))
        elif line and not line.startswith("#"):
            readers[-1].line(line)
    return [case for reader in readers for case in reader.cases()]


def all_cases() -> list[Case]:
    """Every case of the folder."""
    return [case for file in sorted((HERE / "cases").glob("*.case")) for case in cases_of(file)]
