"""From what a program is called to what runs: PATH search, interpreters of scripts, compiled modules.

As execve has it: the file must be a regular one with an execute bit, and begin as a module or with `#!`. Names
are looked up below the guest's root, whatever directories the process has open.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from satchel.adapters.server.wasi.engine import Program, UnusableModuleError
from satchel.adapters.server.wasi.guest_process import Image, Wanted
from satchel.adapters.server.wasi.guest_tree import GuestTree, ProcessView, ProgramNode
from satchel.adapters.server.wasi.module_cache import ModuleCache
from satchel.adapters.server.wasi.path_calls import exists, is_directory
from satchel.adapters.server.wasi.path_walk import PathWalk, Spot, decode_path
from satchel.base.limits import ProcessLimits
from satchel.wasi.abi import Errno
from satchel.wasi.errors import WasiError, from_host
from satchel.wasi.program_image import SHEBANG_BYTES, is_module, parse_shebang

_DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_EXECUTE_BITS: Final = 0o111
_MOST_INTERPRETERS: Final = 4
_MOST_DIGESTS: Final = 512


class ProgramError(WasiError):
    """Why a program cannot be started, also in words."""

    def __init__(self, code: Errno, text: str) -> None:
        super().__init__(code)
        self.text = text


class NotCompiledError(Exception):
    """The program would have to be compiled first, which takes long."""


@dataclass(slots=True)
class _Place:
    """Where a program was found: a command, or an open file (to be closed)."""

    path: str
    command: ProgramNode | None = None
    host: int = -1

    def close(self) -> None:
        if self.host >= 0:
            os.close(self.host)


class ProgramLookup:
    """For one guest tree. Safe to use from any thread."""

    def __init__(self, tree: GuestTree, cache: ModuleCache) -> None:
        self._tree = tree
        self._cache = cache
        self._root = Spot("/", -1, tree.root)
        self._digests: dict[tuple[int, ...], str] = {}

    def directory(self, viewer: ProcessView, cwd: str) -> str:
        """The working directory of a new program, absolute. NOENT, NOTDIR, and what a walk can meet."""
        path = _absolute(cwd, viewer.cwd)
        with self._walk(viewer, path) as walk:
            walk.follow()
            if not walk.name:
                return path
            if not exists(walk):
                raise ProgramError(Errno.NOENT, f"{path} does not exist")
            if not is_directory(walk):
                raise ProgramError(Errno.NOTDIR, f"{path} is not a directory")
            return path

    def load(
        self, viewer: ProcessView, limits: ProcessLimits, wanted: Wanted, *, may_compile: bool = True
    ) -> Image:
        """What runs. NOENT, ACCES, NOEXEC, LOOP, NOMEM, as ProgramError; NotCompiledError."""
        place = self._locate(viewer, wanted, wanted.file, search=wanted.search)
        argv = list(wanted.argv)
        for _ in range(_MOST_INTERPRETERS + 1):
            try:
                if place.command is not None:
                    program = self._command(place.command, may_compile)
                    return Image(self._fitting(program, limits, place.path), place.path, argv, wanted.env)
                head = os.pread(place.host, SHEBANG_BYTES, 0)
                if not head.startswith(b"#!"):
                    program = self._file(place, head, may_compile)
                    return Image(self._fitting(program, limits, place.path), place.path, argv, wanted.env)
                script = parse_shebang(head)
                if script is None:
                    raise ProgramError(Errno.NOEXEC, f"{place.path} names no interpreter")
            finally:
                place.close()
            words = [script.interpreter, *([script.argument] if script.argument else []), place.path]
            argv = [os.fsencode(word) for word in words] + argv[1:]
            place = self._locate(viewer, wanted, script.interpreter, search=False)
        place.close()
        raise ProgramError(Errno.LOOP, f"{place.path} has too many interpreters")

    def module(self, wasm: bytes, limits: ProcessLimits, path: str, *, may_compile: bool = True) -> Program:
        """A module that came as bytes."""
        sha256 = hashlib.sha256(wasm).hexdigest()
        return self._fitting(self._program(sha256, lambda: wasm, path, may_compile), limits, path)

    def _walk(self, viewer: ProcessView, path: str) -> PathWalk:
        return PathWalk(self._tree, viewer, self._root, decode_path(os.fsencode(path)).lstrip("/") or ".")

    def _locate(self, viewer: ProcessView, wanted: Wanted, file: str, *, search: bool) -> _Place:
        if not file:
            raise ProgramError(Errno.NOENT, "no program was named")
        searched = search and "/" not in file
        failure = ProgramError(Errno.NOENT, f"{file} was not found")
        for directory in _search_path(wanted.env) if searched else [""]:
            path = _absolute(f"{directory}/{file}" if directory else file, wanted.cwd)
            try:
                return self._open(viewer, path)
            except OSError as error:
                found = ProgramError(from_host(error), f"{path}: {error.strerror}")
            except WasiError as error:
                found = (
                    error if isinstance(error, ProgramError) else ProgramError(error.code, f"{path}: {error}")
                )
            if not searched:
                raise found
            if found.code is Errno.ACCES:
                failure = found
        raise failure

    def _open(self, viewer: ProcessView, path: str) -> _Place:
        """The executable file at a path. NOENT, ACCES."""
        refused = ProgramError(Errno.ACCES, f"{path} is not an executable file")
        with self._walk(viewer, path) as walk:
            walk.follow()
            if not walk.name or walk.slash:
                raise refused
            if walk.spot.node is not None:
                node = walk.node
                if node is None:
                    raise ProgramError(Errno.NOENT, f"{path} was not found")
                if isinstance(node, ProgramNode):
                    return _Place(path, command=node)
                raise refused
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            host = os.open(walk.name, flags, dir_fd=walk.spot.fd)
        status = os.fstat(host)
        if stat.S_ISREG(status.st_mode) and status.st_mode & _EXECUTE_BITS:
            return _Place(path, host=host)
        os.close(host)
        raise refused

    def _command(self, command: ProgramNode, may_compile: bool) -> Program:
        return self._program(command.sha256, Path(command.host).read_bytes, command.name, may_compile)

    def _file(self, place: _Place, head: bytes, may_compile: bool) -> Program:
        if not is_module(head):
            raise ProgramError(Errno.NOEXEC, f"{place.path} is neither a module nor a script")
        status = os.fstat(place.host)
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        sha256 = self._digests.get(key)
        if sha256 is not None and (program := self._cache.known(sha256)) is not None:
            return program
        wasm = _whole(place.host, status.st_size)
        sha256 = hashlib.sha256(wasm).hexdigest()
        if len(self._digests) >= _MOST_DIGESTS:
            self._digests.clear()
        self._digests[key] = sha256
        return self._program(sha256, lambda: wasm, place.path, may_compile)

    def _program(self, sha256: str, read: Callable[[], bytes], path: str, may_compile: bool) -> Program:
        known = self._cache.known(sha256)
        if known is not None:
            return known
        if not may_compile:
            raise NotCompiledError
        try:
            return self._cache.get(sha256, read)
        except UnusableModuleError as error:
            raise ProgramError(Errno.NOEXEC, f"{path}: {error}") from error
        except OSError as error:
            raise ProgramError(Errno.IO, f"{path}: {error.strerror}") from error

    @staticmethod
    def _fitting(program: Program, limits: ProcessLimits, path: str) -> Program:
        if program.initial_bytes > limits.memory_bytes:
            text = (
                f"{path} needs {program.initial_bytes} bytes of memory, and {limits.memory_bytes} may be used"
            )
            raise ProgramError(Errno.NOMEM, text)
        return program


def _absolute(path: str, base: str) -> str:
    return path if path.startswith("/") else f"{base.rstrip('/')}/{path}" if path else base


def _search_path(env: Sequence[bytes]) -> list[str]:
    """Directories of the PATH; an empty one is the working directory."""
    found = next((one[5:] for one in env if one.startswith(b"PATH=")), None)
    path = _DEFAULT_PATH if found is None else os.fsdecode(found)
    return [directory or "." for directory in path.split(":")]


def _whole(host: int, size: int) -> bytes:
    parts: list[bytes] = []
    offset = 0
    while offset < size and (part := os.pread(host, size - offset, offset)):
        parts.append(part)
        offset += len(part)
    return b"".join(parts)
