"""What the reader of modules finds in them, and which modules the build refuses."""

from __future__ import annotations

import pytest

from satchel_build.bundle_module import Import, ModuleError, faults, read_module
from tests.unit.build.wasm_samples import HEADER, module, number

ERRNO = (("i32",), ("i32",))
SPAWN = (("i32",) * 12, ("i32",))


def test_imports_and_exports_are_read_with_their_types() -> None:
    facts = read_module(
        module(
            [("wasi_snapshot_preview1", "fd_tell", (("i32", "i32"), ("i32",))), ("a", "b", (("i64",), ()))]
        )
    )
    assert facts.imports == (
        Import("a", "b", ("i64",), ()),
        Import("wasi_snapshot_preview1", "fd_tell", ("i32", "i32"), ("i32",)),
    )
    assert facts.exports == {"_start": "func", "memory": "memory"}
    assert not facts.has_exceptions


def test_calls_of_all_modules_are_allowed() -> None:
    data = module(
        [
            ("wasi_snapshot_preview1", "proc_exit", (("i32",), ())),
            ("wasi_snapshot_preview1", "fd_seek", (("i32", "i64", "i32", "i32"), ("i32",))),
            ("satchel_process_v1", "spawn", SPAWN),
            ("satchel_tty_v1", "isatty", ERRNO),
        ]
    )
    assert faults(read_module(data)) == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (module([("env", "system", ERRNO)]), "imports env.system, which no host has"),
        (
            module([("satchel_process_v2", "spawn", SPAWN)]),
            "imports satchel_process_v2.spawn, which no host has",
        ),
        (
            module([("wasi_snapshot_preview1", "proc_exit", ERRNO)]),
            "imports wasi_snapshot_preview1.proc_exit with another type than it has",
        ),
        (module(exports=[("memory", 2)]), "does not export _start (func)"),
        (module(exports=[("_start", 0)]), "does not export memory (memory)"),
        (module(exports=[("_start", 2), ("memory", 2)]), "does not export _start (func)"),
        (module(tag=True), "uses exception handling without need"),
    ],
)
def test_what_hosts_could_not_run_is_refused(data: bytes, text: str) -> None:
    assert faults(read_module(data)) == [text]


def test_exceptions_may_be_asked_for() -> None:
    assert faults(read_module(module(tag=True)), exceptions=True) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ",
        HEADER[:-4] + b"\2\0\0\0",
        HEADER + b"\1" + number(40),
        HEADER + b"\x63\0",
        module()[:40],
        HEADER + b"\2" + number(7) + b"\1\1a\1b\2\0",
        HEADER + b"\2" + number(7) + b"\1\1a\1b\0\1",
        HEADER + b"\2" + number(7) + b"\1\1a\1\xff\0\0",
        HEADER + b"\7" + number(5) + b"\1\1a\x09\0",
        HEADER + b"\1" + b"\xff" * 9 + b"\1",
    ],
    ids=[
        "nothing",
        "other",
        "version",
        "short",
        "section",
        "cut",
        "memory import",
        "no type",
        "no UTF-8",
        "no kind",
        "long number",
    ],
)
def test_what_is_no_module_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ModuleError):
        read_module(data)


def test_long_numbers_are_read() -> None:
    names = [(f"call{i}", 0) for i in range(300)]
    facts = read_module(module(exports=[*names, ("memory", 2)]))
    assert len(facts.exports) == 301
