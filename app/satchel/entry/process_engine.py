"""The engine of programs on CPython, without the agent: `satchel wasi` starts faster so."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, cast

from satchel.base.errors import InputError
from satchel.entry.settings import Settings
from satchel.runtime.process import ProcessHost

MakeHost: TypeAlias = Callable[[Mapping[str, str], Path | None, Path | None], ProcessHost]
"""`ServerProcessHost`: directories by guest path, the bundles, where compiled modules are kept."""


@contextmanager
def developer_host(settings: Settings) -> Iterator[ProcessHost]:
    """A host of programs without a project: they see only the directories that they are given. Raises InputError."""
    make_host = make_process_host()
    if make_host is None:
        raise InputError(
            "wasi.no_engine",
            "The server engine needs wasmtime.",
            "Run `python3 build.py setup` in a checkout, or `pip install 'satchel[server]'`.",
        )
    host = make_host({}, settings.bundles, module_cache(settings))
    try:
        yield host
    finally:
        host.close()


def make_process_host() -> MakeHost | None:
    """The engine, imported only when it is wanted: it takes a while, and it is an optional package. None without it."""
    if importlib.util.find_spec("wasmtime") is None:
        return None
    return cast(MakeHost, importlib.import_module("satchel.adapters.server.wasi.host").ServerProcessHost)


def module_cache(settings: Settings) -> Path | None:
    """Where compiled modules are kept; None where nothing can be written, and then they are compiled each time."""
    directory = settings.state / "modules"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return directory
