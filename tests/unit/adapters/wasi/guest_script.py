"""Guest programs as a list of calls: built as WebAssembly text, run in the real engine, results read back.

A script's memory is written to its standard output at the end: the errno of every call, and whatever the calls
stored.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import wasmtime

from satchel.wasi.abi import MODULES, Errno

_ERRNOS = 64
_DATA = 8192
_TYPES = {
    (module, call.name): [kind for _, kind in call.parameters]
    for module, calls in MODULES.items()
    for call in calls
}
_NAMES = {name: module for module, name in reversed(_TYPES)}


@dataclass(frozen=True, slots=True)
class Loaded:
    """An argument that an earlier call has stored: an u32 in memory."""

    pointer: int


@dataclass(slots=True)
class Script:
    """Calls in order. `exit` ends the program without the report."""

    pages: int = 4
    _steps: list[str] = field(default_factory=list)
    _data: bytearray = field(default_factory=bytearray)
    _used: set[tuple[str, str]] = field(default_factory=lambda: {("wasi_snapshot_preview1", "fd_write")})
    _count: int = 0

    def room(self, size: int, content: bytes = b"") -> int:
        """Memory for results or data; its address, 8-aligned."""
        pointer = _DATA + len(self._data)
        self._data += content.ljust(-(-size // 8) * 8, b"\0")
        return pointer

    def text(self, text: str | bytes) -> tuple[int, int]:
        """Address and length of a string."""
        raw = text.encode() if isinstance(text, str) else text
        return self.room(len(raw) or 8, raw), len(raw)

    def iovec(self, *buffers: tuple[int, int]) -> tuple[int, int]:
        """Address and count of a vector of buffers."""
        return self.room(8 * len(buffers), b"".join(struct.pack("<II", *one) for one in buffers)), len(
            buffers
        )

    def call(self, name: str, *arguments: int | Loaded, module: str | None = None) -> int:
        """Add a call; gives its number, under which its errno is found."""
        module = module or _NAMES[name]
        kinds = _TYPES[module, name]
        assert len(kinds) == len(arguments), f"{name} takes {len(kinds)} arguments"
        self._used.add((module, name))
        values = " ".join(_value(kind, value) for kind, value in zip(kinds, arguments, strict=True))
        called = f"(call ${module}.{name} {values})"
        if name == "proc_exit":
            self._steps.append(called)
        else:
            self._steps.append(f"(i32.store (i32.const {_ERRNOS + 4 * self._count}) {called})")
        self._count += 1
        return self._count - 1

    def code(self, text: str) -> None:
        """Add WebAssembly text."""
        self._steps.append(text)

    def open(
        self,
        path: str | bytes,
        *,
        fd: int | Loaded = 3,
        follow: bool = True,
        oflags: int = 0,
        rights: int = (1 << 30) - 1 & ~(1 << 6 | 1 << 8 | 1 << 22),
        inheriting: int = (1 << 30) - 1,
        fdflags: int = 0,
    ) -> tuple[int, Loaded]:
        """Add a `path_open`; its number, and the descriptor it gives. Without the rights to write unless given."""
        result = self.room(8)
        number = self.call(
            "path_open", fd, follow, *self.text(path), oflags, rights, inheriting, fdflags, result
        )
        return number, Loaded(result)

    def wasm(self, *, reports: bool = True) -> bytes:
        """The module."""
        end = _DATA + len(self._data)
        imports = "\n".join(_import(module, name) for module, name in sorted(self._used))
        data = "".join(f"\\{byte:02x}" for byte in self._data)
        report = (
            f"(i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const {end}))"
            "(drop (call $wasi_snapshot_preview1.fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
        )
        steps = "\n".join(self._steps)
        return bytes(
            wasmtime.wat2wasm(
                f'(module {imports} (memory (export "memory") {self.pages}) (data (i32.const {_DATA}) "{data}")'
                f'(func (export "_start") (local $i i32) {steps} {report if reports else ""}))'
            )
        )

    def result(self, memory: bytes) -> Result:
        """What a run has reported."""
        errnos = struct.unpack_from(f"<{self._count}I", memory, _ERRNOS)
        return Result(memory, [Errno(number).name for number in errnos])


@dataclass(frozen=True, slots=True)
class Result:
    """The memory of a script at its end, and the errno of each call by name."""

    memory: bytes
    errnos: list[str]

    def u32(self, pointer: int | Loaded) -> int:
        return int(
            struct.unpack_from(
                "<I", self.memory, pointer.pointer if isinstance(pointer, Loaded) else pointer
            )[0]
        )

    def u64(self, pointer: int) -> int:
        return int(struct.unpack_from("<Q", self.memory, pointer)[0])

    def bytes(self, pointer: int, length: int) -> bytes:
        return self.memory[pointer : pointer + length]


def _value(kind: str, value: int | Loaded) -> str:
    if isinstance(value, Loaded):
        loaded = f"(i32.load (i32.const {value.pointer}))"
        return loaded if kind == "i32" else f"(i64.extend_i32_u {loaded})"
    return f"({kind}.const {int(value)})"


def _import(module: str, name: str) -> str:
    parameters = " ".join(_TYPES[module, name])
    result = "" if name == "proc_exit" else "(result i32)"
    return f'(import "{module}" "{name}" (func ${module}.{name} (param {parameters}) {result}))'
