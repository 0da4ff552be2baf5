"""Looks into a WebAssembly module: what it imports, what it exports, and whether the hosts can run it.

Only the sections of types, imports, functions and exports are read, as the core specification lays them out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from satchel.wasi.abi import MODULES

__all__ = ["Import", "ModuleError", "ModuleFacts", "faults", "read_module"]

_MAGIC: Final = b"\0asm\1\0\0\0"
_TYPE, _IMPORT, _EXPORT, _TAG = 1, 2, 7, 13
_VALUE_TYPES: Final = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128"}
_KINDS: Final = ("func", "table", "memory", "global", "tag")
_FUNCTION_TYPE: Final = 0x60
_U32_BYTES: Final = 5
_LAST_SECTION: Final = 13

_Signature = tuple[tuple[str, ...], tuple[str, ...]]


class ModuleError(Exception):
    """The bytes are not a WebAssembly module, or not one that this reader understands."""


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One imported function with its parameter and result types."""

    module: str
    name: str
    parameters: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """What a host must know before it starts a module. `exports` maps a name to its kind, `func` or `memory`, say."""

    imports: tuple[Import, ...]
    exports: dict[str, str]
    has_exceptions: bool


class _Reader:
    """Reads the encodings of the binary format from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._data)

    def byte(self) -> int:
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise ModuleError("it ends in the middle of something")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self) -> int:
        """An unsigned LEB128 integer."""
        value = 0
        for shift in range(0, _U32_BYTES * 7, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ModuleError("a number is too long")

    def name(self) -> str:
        try:
            return self.take(self.number()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ModuleError("a name is not UTF-8") from error

    def types(self) -> tuple[str, ...]:
        codes = self.take(self.number())
        try:
            return tuple(_VALUE_TYPES[code] for code in codes)
        except KeyError as error:
            raise ModuleError(f"a value type {error} in a function's type") from error


def read_module(data: bytes) -> ModuleFacts:
    """The facts about the module `data`. Raises ModuleError."""
    if not data.startswith(_MAGIC):
        raise ModuleError("it does not begin as a WebAssembly module")
    signatures: list[_Signature] = []
    imports: list[Import] = []
    exports: dict[str, str] = {}
    has_exceptions = False
    for section, content in _sections(data):
        if section == _TYPE:
            signatures = list(_signatures(content))
        elif section == _IMPORT:
            imports = list(_imports(content, signatures))
        elif section == _EXPORT:
            exports = dict(_exports(content))
        elif section == _TAG:
            has_exceptions = True
    return ModuleFacts(tuple(sorted(imports)), exports, has_exceptions)


def faults(facts: ModuleFacts, *, exceptions: bool = False) -> list[str]:
    """Why the hosts could not run the module: imports that they lack or have with another type, exports that it lacks.

    `exceptions` says that the module may need an engine with exception handling.
    """
    offered = {
        (module, call.name): (
            tuple(kind for _, kind in call.parameters),
            ("i32",) if call.returns_errno else (),
        )
        for module, calls in MODULES.items()
        for call in calls
    }
    found = []
    for item in facts.imports:
        signature = offered.get((item.module, item.name))
        if signature is None:
            found.append(f"imports {item.module}.{item.name}, which no host has")
        elif signature != (item.parameters, item.results):
            found.append(f"imports {item.module}.{item.name} with another type than it has")
    for name, kind in (("_start", "func"), ("memory", "memory")):
        if facts.exports.get(name) != kind:
            found.append(f"does not export {name} ({kind})")
    if facts.has_exceptions and not exceptions:
        found.append("uses exception handling without need")
    return found


def _sections(data: bytes) -> Iterator[tuple[int, _Reader]]:
    reader = _Reader(data[len(_MAGIC) :])
    while not reader.at_end:
        section = reader.byte()
        if section > _LAST_SECTION:
            raise ModuleError(f"a section of the unknown kind {section}")
        yield section, _Reader(reader.take(reader.number()))


def _signatures(content: _Reader) -> Iterator[_Signature]:
    for _ in range(content.number()):
        if content.byte() != _FUNCTION_TYPE:
            raise ModuleError("a type that is not a function's")
        yield content.types(), content.types()


def _imports(content: _Reader, signatures: list[_Signature]) -> Iterator[Import]:
    for _ in range(content.number()):
        module, name, kind = content.name(), content.name(), content.byte()
        if kind != 0:
            raise ModuleError(f"{module}.{name} is imported and is no function")
        number = content.number()
        if number >= len(signatures):
            raise ModuleError(f"{module}.{name} has a type that is not there")
        yield Import(module, name, *signatures[number])


def _exports(content: _Reader) -> Iterator[tuple[str, str]]:
    for _ in range(content.number()):
        name, kind = content.name(), content.byte()
        content.number()
        if kind >= len(_KINDS):
            raise ModuleError(f"{name} is exported as something unknown")
        yield name, _KINDS[kind]
