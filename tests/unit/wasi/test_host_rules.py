"""The rules of a WASI host that need no host: errnos, rights, layouts, statuses, what kind of program a file is."""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import pytest

from satchel.wasi.abi import STRUCTS, Errno, Eventtype, Filetype, Oflags, Rights, Signal
from satchel.wasi.errors import WasiError, from_host
from satchel.wasi.layout import (
    EVENT_BYTES,
    FILESTAT_BYTES,
    SUBSCRIPTION_BYTES,
    filetype_of,
    pack_dirent,
    pack_event,
    pack_fdstat,
    pack_filestat,
    pack_status,
    unpack_subscription,
)
from satchel.wasi.program_image import Shebang, is_module, parse_shebang
from satchel.wasi.rights import (
    DEVICE_RIGHTS,
    DIRECTORY_RIGHTS,
    FILE_RIGHTS,
    TERMINAL_RIGHTS,
    needed_to_open,
    opens_for_writing,
    possible_rights,
)
from satchel.wasi.wait_status import default_action, exit_code, wait_status


def _field(name: str, field: str, data: bytes, kind: str) -> int:
    return int(struct.unpack_from(f"<{kind}", data, STRUCTS[name].fields[field])[0])


@pytest.mark.parametrize(
    "name", ["ENOENT", "EACCES", "ENOTEMPTY", "EXDEV", "ELOOP", "EPIPE", "E2BIG", "EWOULDBLOCK"]
)
def test_errors_of_the_host_keep_their_names(name: str) -> None:
    expected = {"E2BIG": "TOOBIG", "EACCES": "ACCES", "EWOULDBLOCK": "AGAIN"}.get(name, name[1:])
    assert from_host(OSError(getattr(errno, name), "")) is Errno[expected]


def test_what_has_no_name_is_an_io_error() -> None:
    assert from_host(OSError(99_999, "")) is Errno.IO
    assert from_host(OSError("text only")) is Errno.IO
    assert WasiError(Errno.PERM).code is Errno.PERM


def test_status_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    path.chmod(0o640)
    os.utime(path, ns=(1_000_000_001, 2_000_000_002))
    data = pack_status(path.stat())
    assert len(data) == FILESTAT_BYTES == STRUCTS["filestat"].size
    assert _field("filestat", "filetype", data, "B") == Filetype.REGULAR_FILE
    assert _field("filestat", "mode", data, "I") == 1 << 31 | 0o640
    assert _field("filestat", "size", data, "Q") == 5
    assert _field("filestat", "nlink", data, "Q") == 1
    assert _field("filestat", "mtim", data, "Q") // 1_000_000 == 2000
    assert _field("filestat", "ino", data, "Q") == path.stat().st_ino


def test_status_of_something_that_is_no_file() -> None:
    data = pack_filestat(7, Filetype.CHARACTER_DEVICE, 0o666, 3, 11, 2)
    fields = {
        "ino": ("Q", 7),
        "filetype": ("B", 2),
        "size": ("Q", 3),
        "ctim": ("Q", 11),
        "nlink": ("Q", 2),
        "dev": ("Q", 0),
    }
    assert {name: _field("filestat", name, data, kind) for name, (kind, _) in fields.items()} == {
        name: value for name, (_, value) in fields.items()
    }


def test_other_structures() -> None:
    fdstat = pack_fdstat(Filetype.DIRECTORY, 4, 1 << 40, 2)
    assert len(fdstat) == STRUCTS["fdstat"].size
    assert _field("fdstat", "rights_base", fdstat, "Q") == 1 << 40
    dirent = pack_dirent(3, 9, Filetype.SYMBOLIC_LINK, b"name")
    assert dirent[STRUCTS["dirent"].size :] == b"name"
    assert _field("dirent", "namlen", dirent, "I") == 4
    event = pack_event(5, Errno.BADF, Eventtype.FD_WRITE, 6, 1)
    assert len(event) == EVENT_BYTES
    assert [_field("event", name, event, kind) for name, kind in (("error", "H"), ("type", "B"), ("nbytes", "Q"))] == [
        Errno.BADF, Eventtype.FD_WRITE, 6,
    ]  # fmt: skip


def test_subscriptions() -> None:
    at = STRUCTS["subscription"].fields
    clock = bytearray(SUBSCRIPTION_BYTES)
    for name, kind, value in (
        ("userdata", "Q", 1),
        ("clock_id", "I", 1),
        ("clock_timeout", "Q", 7),
        ("clock_flags", "H", 1),
    ):
        struct.pack_into(f"<{kind}", clock, at[name], value)
    assert unpack_subscription(bytes(clock)) == (1, Eventtype.CLOCK, 1, 7, 1)
    clock[at["tag"]] = Eventtype.FD_READ
    assert unpack_subscription(bytes(clock)) == (1, Eventtype.FD_READ, 1, 0, 0)


@pytest.mark.parametrize(
    ("mode", "filetype"), [(0o100644, 4), (0o040755, 3), (0o120777, 7), (0o010644, 0), (0o020666, 2)]
)
def test_file_types(mode: int, filetype: int) -> None:
    assert filetype_of(mode) == filetype


def test_rights_of_each_kind() -> None:
    assert not DIRECTORY_RIGHTS & (
        Rights.FD_SEEK | Rights.FD_READ | Rights.FD_WRITE | Rights.FD_FILESTAT_SET_SIZE
    )
    assert not TERMINAL_RIGHTS & (Rights.FD_SEEK | Rights.FD_TELL)
    assert DEVICE_RIGHTS & Rights.FD_SEEK
    assert possible_rights(Filetype.REGULAR_FILE) == FILE_RIGHTS
    assert possible_rights(Filetype.DIRECTORY) == DIRECTORY_RIGHTS
    assert not possible_rights(Filetype.UNKNOWN) & Rights.FD_SEEK
    assert needed_to_open(0) == Rights.PATH_OPEN
    assert needed_to_open(Oflags.CREAT) & Rights.PATH_CREATE_FILE
    assert needed_to_open(Oflags.TRUNC) & Rights.PATH_FILESTAT_SET_SIZE
    assert opens_for_writing(Rights.FD_ALLOCATE)
    assert not opens_for_writing(Rights.FD_READ | Rights.FD_DATASYNC)


def test_statuses_as_posix_has_them() -> None:
    assert (wait_status(3, 0), wait_status(256 + 3, 0), wait_status(137, Signal.KILL)) == (0x300, 0x300, 9)
    assert (exit_code(3, 0), exit_code(0, Signal.PIPE)) == (3, 141)


def test_what_signals_do() -> None:
    by_action = {
        default_action(signal): signal for signal in (Signal.TERM, Signal.TSTP, Signal.CONT, Signal.CHLD)
    }
    assert by_action == {"end": 15, "stop": 19, "continue": 17, "ignore": 16}
    assert all(
        default_action(signal) == "end" for signal in (Signal.INT, Signal.USR1, Signal.PIPE, Signal.KILL)
    )


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"#!/bin/sh\n", Shebang("/bin/sh", None)),
        (b"#! \t/bin/sh \t-e  -x \nrest", Shebang("/bin/sh", "-e  -x")),
        (b"#!/bin/sh", Shebang("/bin/sh", None)),
        (b"#!/bin/sh\r\n", Shebang("/bin/sh\r", None)),
        (b"#!" + b"x" * 400, Shebang("x" * 254, None)),
        (b"#!\n/bin/sh", None),
        (b"#! \n", None),
        (b"# !/bin/sh\n", None),
        (b"", None),
    ],
)
def test_shebang(head: bytes, expected: Shebang | None) -> None:
    assert parse_shebang(head) == expected


def test_modules_begin_with_magic_and_version() -> None:
    assert is_module(b"\0asm\1\0\0\0rest")
    assert not is_module(b"\0asm\x0d\0\1\0")
    assert not is_module(b"\0asm")
