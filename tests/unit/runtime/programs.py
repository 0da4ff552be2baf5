"""Programs for tests of what stands around processes, and a runner that runs them in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from satchel.adapters.memory.processes import Guest, MemoryProcessHost, Program
from satchel.base.clock import SystemClock
from satchel.base.ids import ToolUseId
from satchel.runtime.command_index import CommandIndex, CommandModule, InstalledCommand
from satchel.runtime.process import AccessRequest, AccessTable
from satchel.runtime.run_command import CommandEvent, CommandRunner, RunPlace
from satchel.workspace.guest_files import GuestFiles


async def cat(guest: Guest) -> int:
    """Input to output."""
    while data := await guest.stdin.read():
        await guest.stdout.write(data)
    return 0


async def say(guest: Guest) -> int:
    """Its arguments, a line each; `err:` goes to standard error, `exit:` ends it."""
    for word in guest.request.argv[1:]:
        if word.startswith("exit:"):
            return int(word[5:])
        stream = guest.stderr if word.startswith("err:") else guest.stdout
        await stream.write(f"{word}\n".encode())
    return 0


async def show(guest: Guest) -> int:
    """Where it is and what it is told."""
    env = " ".join(f"{name}={value}" for name, value in sorted(guest.request.env.items()))
    await guest.stdout.write(f"{guest.request.program} {guest.request.cwd} {env}".encode())
    return 0


async def flood(guest: Guest) -> int:
    """As many bytes as its argument says, or without end."""
    left = int(guest.request.argv[1]) if len(guest.request.argv) > 1 else 1 << 62
    while left > 0:
        piece = min(left, 1000)
        await guest.stdout.write(b"y" * piece)
        left -= piece
    return 0


async def first(guest: Guest) -> int:
    """Reads once and ends."""
    data = await guest.stdin.read()
    await guest.stdout.write(data[:10])
    return 0


async def raw(guest: Guest) -> int:
    """The bytes that its arguments are the hexadecimal digits of."""
    await guest.stdout.write(bytes.fromhex("".join(guest.request.argv[1:])))
    return 0


async def sleep(guest: Guest) -> int:
    """Never ends by itself."""
    await guest.stdout.write(b"begun\n")
    await asyncio.Event().wait()
    return 0


async def look(guest: Guest) -> int:
    """Whether it may read each of its arguments, several times over, all at once."""
    paths = [path for path in guest.request.argv[1:] for _ in range(3)]
    answers = await asyncio.gather(*(guest.may_read(path) for path in paths))
    await guest.stdout.write(" ".join("yes" if one else "no" for one in answers).encode())
    return 0 if all(answers) else 1


PROGRAMS: Mapping[str, Program] = {
    "cat": cat,
    "say": say,
    "show": show,
    "flood": flood,
    "first": first,
    "raw": raw,
    "sleep": sleep,
    "look": look,
}
_MODULE = CommandModule("tests.wasm", "0" * 64, 0)


def index_of(names: Iterable[str]) -> CommandIndex:
    """An index with these commands."""
    return CommandIndex(
        {name: InstalledCommand(name, _MODULE, name, "for tests", "tests", "1") for name in names}
    )


INDEX = index_of(PROGRAMS)


def tools_on(root: Path) -> Mapping[str, Program]:
    """`grep -c`, `sort` by the number behind a colon and `head -n`, as far as the demo uses them."""

    async def grep(guest: Guest) -> int:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                name = path.relative_to(root).as_posix()
                count = path.read_bytes().count(b"\n")
                await guest.stdout.write(f"./{name}:{count}\n".encode())
        return 0

    async def sort(guest: Guest) -> int:
        lines = (await _all_of(guest)).splitlines(keepends=True)
        for line in sorted(lines, key=lambda line: -int(line.rpartition(b":")[2])):
            await guest.stdout.write(line)
        return 0

    async def head(guest: Guest) -> int:
        lines = (await _all_of(guest)).splitlines(keepends=True)
        await guest.stdout.write(b"".join(lines[: int(guest.request.argv[-1])]))
        return 0

    return {"grep": grep, "sort": sort, "head": head}


async def _all_of(guest: Guest) -> bytes:
    data = b""
    while piece := await guest.stdin.read():
        data += piece
    return data


class OpenAuthority:
    """Allows everything, unless a table is set."""

    def __init__(self) -> None:
        self.current = AccessTable()
        self.answer = True
        self._changed: list[Callable[[], None]] = []

    def table(self) -> AccessTable:
        return self.current

    async def decide(self, request: AccessRequest) -> bool:
        return self.answer

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        self._changed.append(changed)
        return lambda: self._changed.remove(changed)

    def set(self, table: AccessTable) -> None:
        self.current = table
        for changed in self._changed:
            changed()

    @property
    def watched(self) -> bool:
        return bool(self._changed)


@dataclass
class Workbench:
    """A runner of the programs above on a real directory."""

    root: Path
    authority: OpenAuthority = field(default_factory=OpenAuthority)
    events: list[CommandEvent] = field(default_factory=list)
    host: MemoryProcessHost = field(default_factory=lambda: MemoryProcessHost(PROGRAMS))
    index: CommandIndex = INDEX

    def __post_init__(self) -> None:
        for name in ("workspace", "tmp"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        mounts = {"/workspace": str(self.root / "workspace"), "/tmp": str(self.root / "tmp")}
        self.files = GuestFiles(mounts)
        place = RunPlace(self.host, self.index, self.files, SystemClock())
        self.runner = CommandRunner(lambda: place, self.authority, self.events.append, ToolUseId("t1"))
