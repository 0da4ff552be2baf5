"""What a guest sees around the project's directories: `/dev`, `/etc`, `/proc`, installed commands; built once
for a host.

A tree of plain nodes in memory, read-only. Leaves that are real directories are mounts, held open by descriptor.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Literal, Protocol, TypeAlias

from satchel.wasi.abi import Filetype

DeviceKind: TypeAlias = Literal["null", "zero", "full", "random", "tty"]
DEVICES: Final[tuple[DeviceKind, ...]] = ("null", "zero", "full", "random", "tty")

_PASSWD: Final = b"root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n"
_GROUP: Final = b"root:x:0:\nuser:x:1000:\n"
_INODES: Final = count(1)


class ProcessView(Protocol):
    """What the tree may tell a process about itself."""

    pid: int
    cwd: str
    umask: int

    @property
    def parent_pid(self) -> int:
        """0 for none."""

    @property
    def program_path(self) -> str:
        """Guest path of what it runs."""

    @property
    def argv(self) -> tuple[bytes, ...]:
        """Its arguments."""

    def open_descriptors(self) -> list[int]:
        """The numbers of its descriptors."""


@dataclass(slots=True)
class TextNode:
    """A small file; `content` is asked anew at each opening, with the process that opens."""

    content: Callable[[ProcessView], bytes]
    inode: int = field(default_factory=lambda: next(_INODES))
    filetype: Filetype = Filetype.REGULAR_FILE
    mode: int = 0o444


@dataclass(slots=True)
class ProgramNode:
    """An installed command. Read as a file it is a line that names it; its module is not the guest's to see."""

    name: str
    sha256: str
    host: str
    inode: int = field(default_factory=lambda: next(_INODES))
    filetype: Filetype = Filetype.REGULAR_FILE
    mode: int = 0o755

    def content(self, _process: ProcessView) -> bytes:
        """What reading it gives."""
        return f"#!satchel {self.name}\n".encode()


@dataclass(slots=True)
class DeviceNode:
    """A device file."""

    kind: DeviceKind
    inode: int = field(default_factory=lambda: next(_INODES))
    filetype: Filetype = Filetype.CHARACTER_DEVICE
    mode: int = 0o666


@dataclass(slots=True)
class DescriptorNode:
    """`/dev/fd/N`, `/dev/stdin`: opening it gives another descriptor of the same open file."""

    fd: int
    inode: int = 0
    filetype: Filetype = Filetype.CHARACTER_DEVICE
    mode: int = 0o666


@dataclass(slots=True)
class LinkNode:
    """A symbolic link."""

    target: Callable[[ProcessView], str]
    inode: int = field(default_factory=lambda: next(_INODES))
    filetype: Filetype = Filetype.SYMBOLIC_LINK
    mode: int = 0o777


@dataclass(slots=True)
class MountNode:
    """A directory of the host: its descriptor, and what tells it from others."""

    fd: int
    key: tuple[int, int]
    is_writable: bool = True
    inode: int = 0
    filetype: Filetype = Filetype.DIRECTORY
    mode: int = 0o755


@dataclass(slots=True)
class DirectoryNode:
    """A directory without a place on disk. `extra` gives children that depend on the process."""

    children: dict[str, Node] = field(default_factory=dict)
    extra: Callable[[ProcessView], Mapping[str, Node]] | None = None
    inode: int = field(default_factory=lambda: next(_INODES))
    filetype: Filetype = Filetype.DIRECTORY
    mode: int = 0o755

    def child(self, name: str, process: ProcessView) -> Node | None:
        """The entry of that name, or None."""
        found = self.children.get(name)
        if found is None and self.extra is not None:
            return self.extra(process).get(name)
        return found

    def entries(self, process: ProcessView) -> list[tuple[str, Node]]:
        """All entries in order of their names."""
        extra = self.extra(process) if self.extra is not None else {}
        return sorted({**self.children, **extra}.items())


Node: TypeAlias = TextNode | ProgramNode | DeviceNode | DescriptorNode | LinkNode | MountNode | DirectoryNode


class GuestTree:
    """The guest's root. `mounts` are guest paths and host directories, `commands` names with SHA-256 and file
    of the host."""

    def __init__(self, mounts: Mapping[str, str], commands: Iterable[tuple[str, str, str]]) -> None:
        self.root = DirectoryNode()
        self.started_ns = os.stat("/").st_mtime_ns
        self._descriptors: list[int] = []
        self.mounts: dict[tuple[int, int], str] = {}
        for guest, host in mounts.items():
            self._mount(guest, host)
        programs: dict[str, Node] = {name: ProgramNode(name, sha256, host) for name, sha256, host in commands}
        self._put("/usr/bin", DirectoryNode(dict(programs)))
        self._put("/bin", DirectoryNode(dict(programs)))
        self._put("/usr/local/bin", DirectoryNode())
        self._put("/etc", DirectoryNode(_texts({"passwd": _PASSWD, "group": _GROUP, "hosts": b""})))
        self._put("/dev", _devices())
        self._put("/proc/self", _process_directory())

    def close(self) -> None:
        """Let go of the mounted directories."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()

    def parent_of(self, path: str) -> tuple[DirectoryNode, str]:
        """The node above a mount or a node of the tree, and its path. The root is above itself."""
        above = path.rpartition("/")[0]
        node: Node = self.root
        for name in above.split("/")[1:]:
            if isinstance(node, DirectoryNode):
                node = node.children[name]
        return (node, above or "/") if isinstance(node, DirectoryNode) else (self.root, "/")

    def _mount(self, guest: str, host: str) -> None:
        descriptor = os.open(host, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._descriptors.append(descriptor)
        status = os.fstat(descriptor)
        key = (status.st_dev, status.st_ino)
        self.mounts[key] = guest
        self._put(guest, MountNode(descriptor, key, inode=status.st_ino))

    def _put(self, path: str, node: Node) -> None:
        *above, name = path.split("/")[1:]
        here = self.root
        for part in above:
            child = here.children.setdefault(part, DirectoryNode())
            if not isinstance(child, DirectoryNode):
                raise AssertionError(f"{path} lies below something that is no directory of the tree")
            here = child
        here.children[name] = node


def _texts(files: Mapping[str, bytes]) -> dict[str, Node]:
    return {name: TextNode(_constant(content)) for name, content in files.items()}


def _constant(content: bytes) -> Callable[[ProcessView], bytes]:
    return lambda _process: content


def _devices() -> DirectoryNode:
    nodes: dict[str, Node] = {kind: DeviceNode(kind) for kind in DEVICES}
    nodes["urandom"] = DeviceNode("random")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        nodes[name] = DescriptorNode(number)
    nodes["fd"] = DirectoryNode(extra=_descriptors)
    return DirectoryNode(nodes)


def _descriptors(process: ProcessView) -> Mapping[str, Node]:
    return {str(fd): DescriptorNode(fd) for fd in process.open_descriptors()}


def _process_directory() -> DirectoryNode:
    return DirectoryNode(
        {
            "cwd": LinkNode(lambda process: process.cwd),
            "exe": LinkNode(lambda process: process.program_path),
            "fd": DirectoryNode(extra=_descriptors),
            "cmdline": TextNode(lambda process: b"".join(word + b"\0" for word in process.argv)),
            "status": TextNode(_process_status),
        }
    )


def _process_status(process: ProcessView) -> bytes:
    name = (process.argv or (b"",))[0].rpartition(b"/")[2].decode("utf-8", "surrogateescape")
    lines = (
        f"Name:\t{name}",
        f"Umask:\t{process.umask:04o}",
        "State:\tR (running)",
        f"Pid:\t{process.pid}",
        f"PPid:\t{process.parent_pid}",
        "Uid:\t1000\t1000\t1000\t1000",
        "Gid:\t1000\t1000\t1000\t1000",
    )
    return "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
