"""Compiled programs by the SHA-256 of their module: in memory, and on disk so that the next start need not compile.

A file on disk is machine code that will be run, so its name holds its own SHA-256 and it is loaded only when that is
right; the directory is the user's alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from satchel.adapters.server.wasi.engine import GuestEngine, Program, UnusableModuleError

_MOST_IN_MEMORY: Final = 128
_SUFFIX: Final = ".cwasm"


class ModuleCache:
    """Programs of one engine; `directory` None keeps them in memory only. Safe to use from any thread."""

    def __init__(self, engine: GuestEngine, directory: Path | None) -> None:
        self._engine = engine
        self._directory = directory
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._lock = threading.Lock()
        self._under_way: dict[str, threading.Lock] = {}
        self._version = importlib.metadata.version("wasmtime")
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def known(self, sha256: str) -> Program | None:
        """The program if it is in memory."""
        with self._lock:
            program = self._programs.get(sha256)
            if program is not None:
                self._programs.move_to_end(sha256)
            return program

    def get(self, sha256: str, read: Callable[[], bytes]) -> Program:
        """The program of the module with this SHA-256, which `read` gives when it has to be compiled.

        Raises UnusableModuleError; also when what was read has another SHA-256.
        """
        program = self.known(sha256)
        if program is not None:
            return program
        with self._lock:
            turn = self._under_way.setdefault(sha256, threading.Lock())
        with turn:
            program = self.known(sha256) or self._load(sha256) or self._compile(sha256, read())
            with self._lock:
                self._programs[sha256] = program
                self._under_way.pop(sha256, None)
                while len(self._programs) > _MOST_IN_MEMORY:
                    self._programs.popitem(last=False)
        return program

    def _compile(self, sha256: str, wasm: bytes) -> Program:
        if hashlib.sha256(wasm).hexdigest() != sha256:
            raise UnusableModuleError("its content is not what its SHA-256 says")
        program = self._engine.compile(wasm)
        if self._directory is not None:
            with contextlib.suppress(OSError):  # a full or read-only disk costs time, nothing else
                self._store(self._directory, sha256, bytes(program.module.serialize()))
        return program

    def _store(self, directory: Path, sha256: str, code: bytes) -> None:
        for old in self._stored(directory, sha256):
            old.unlink(missing_ok=True)
        draft = directory / f"{secrets.token_hex(8)}.draft"
        try:
            draft.write_bytes(code)
            draft.replace(directory / f"{sha256}.{self._version}.{hashlib.sha256(code).hexdigest()}{_SUFFIX}")
        finally:
            draft.unlink(missing_ok=True)

    def _load(self, sha256: str) -> Program | None:
        if self._directory is None:
            return None
        for path in self._stored(self._directory, sha256):
            with contextlib.suppress(OSError, UnusableModuleError):
                code = path.read_bytes()
                intact = hashlib.sha256(code).hexdigest() == path.name.split(".")[-2]
                if intact and path.stat().st_uid == os.geteuid():
                    return self._engine.load(code)
        return None

    def _stored(self, directory: Path, sha256: str) -> list[Path]:
        return list(directory.glob(f"{sha256}.{self._version}.*{_SUFFIX}"))
