"""Which commands are installed, as the site's `bundles/index.json` says. Reading only; hosts load and check the
modules.

    {"v": 1, "bundles": [{"name", "version", "licence",
                          "modules":  [{"path", "sha256", "size"}],
                          "commands": [{"name", "module", "argv0", "summary"}]}]}

`module` is a position in the bundle's own `modules`; `path` is relative to the index. A module that holds many
programs tells them apart by `argv0`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from satchel.base.errors import InputError
from satchel.base.jsonvalue import JsonValue, loads

INDEX_VERSION = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*(?:/[A-Za-z0-9_][A-Za-z0-9._+-]*)*")
_NAME = re.compile(r"[^/\0]{1,255}")


@dataclass(frozen=True, slots=True)
class CommandModule:
    """A WebAssembly module of a bundle; `path` is relative to the index, `size` in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class InstalledCommand:
    """A command as it is found on the PATH."""

    name: str
    module: CommandModule
    argv0: str
    summary: str
    bundle: str
    version: str


@dataclass(frozen=True, slots=True)
class CommandIndex:
    """All installed commands by name. Of two bundles with a command of one name the first has it."""

    commands: Mapping[str, InstalledCommand]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names in order."""
        return tuple(sorted(self.commands))


NO_COMMANDS = CommandIndex({})


def parse_index(text: str | bytes) -> CommandIndex:
    """The index of that text. Raises InputError naming what is wrong with it."""
    try:
        index = loads(text)
        if not isinstance(index, Mapping) or index.get("v") != INDEX_VERSION:
            raise _Unusable(f"it is not of version {INDEX_VERSION}")
        found: dict[str, InstalledCommand] = {}
        for bundle in _objects(index, "bundles"):
            for command in _commands(bundle):
                found.setdefault(command.name, command)
    except (_Unusable, ValueError) as error:
        raise InputError(
            "commands.bad_index",
            f"The list of installed commands cannot be read: {error}.",
            "Build the site anew.",
        ) from error
    return CommandIndex(found)


class _Unusable(Exception):  # noqa: N818 - a private signal of this module
    """A field is missing or cannot be what it is."""


def _commands(bundle: Mapping[str, JsonValue]) -> Iterable[InstalledCommand]:
    modules = [_module(one) for one in _objects(bundle, "modules")]
    name, version = _text(bundle, "name", _NAME), _text(bundle, "version", _NAME)
    for command in _objects(bundle, "commands"):
        position = command.get("module")
        if not isinstance(position, int) or not 0 <= position < len(modules):
            raise _Unusable(f"a command of {name} names no module of it")
        yield InstalledCommand(
            _text(command, "name", _NAME),
            modules[position],
            _text(command, "argv0", _NAME),
            str(command.get("summary", "")),
            name,
            version,
        )


def _module(module: Mapping[str, JsonValue]) -> CommandModule:
    size = module.get("size")
    if not isinstance(size, int) or size < 0:
        raise _Unusable("a module has no size")
    return CommandModule(_text(module, "path", _PATH), _text(module, "sha256", _SHA256), size)


def _objects(value: Mapping[str, JsonValue], name: str) -> Sequence[Mapping[str, JsonValue]]:
    items = value.get(name)
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise _Unusable(f"{name!r} is no list of objects")
    return cast("Sequence[Mapping[str, JsonValue]]", items)


def _text(value: Mapping[str, JsonValue], name: str, pattern: re.Pattern[str]) -> str:
    text = value.get(name)
    if not isinstance(text, str) or pattern.fullmatch(text) is None:
        raise _Unusable(f"{name!r} is {text!r}")
    return text
