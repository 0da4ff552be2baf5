"""Small WebAssembly programs that show what an engine does with them, put together here: nothing to build, nothing to
load.

WebAssembly core specification 1.0, section 5 (binary format).
"""

from __future__ import annotations

from collections.abc import Sequence

_I32 = b"\x7f"
_TYPES = [b"\x60\x00\x00", b"\x60\x01\x7f\x00", b"\x60\x04" + _I32 * 4 + b"\x01\x7f", b"\x60\x00\x01\x7f"]
_START, _EXIT, _WRITE, _ANSWER = range(4)  # Places in _TYPES.
_PREVIEW1 = "wasi_snapshot_preview1"
_PAGES_A_MIB = 16

# Instructions.
_BLOCK, _LOOP, _BR, _BR_IF, _CALL, _END = b"\x02\x40", b"\x03\x40", b"\x0c", b"\x0d", b"\x10", b"\x0b"
_MEMORY_SIZE, _MEMORY_GROW, _DROP = b"\x3f\x00", b"\x40\x00", b"\x1a"
_I32_CONST, _I32_EQZ, _I32_EQ, _I32_DIV_U = b"\x41", b"\x45", b"\x46", b"\x6e"
_I32_LOAD, _I32_STORE = b"\x28\x02", b"\x36\x02"  # The offset follows.

_COPIED_AT_ONCE = 4096


def exits(code: int) -> bytes:
    """Ends at once with an exit code."""
    return _module([("proc_exit", _EXIT)], _const(code) + _CALL + b"\x00")


def spins() -> bytes:
    """Never ends and never asks for anything."""
    return _module([("proc_exit", _EXIT)], _LOOP + _BR + b"\x00" + _END)


def grows() -> bytes:
    """Takes memory, a page at a time, until it gets no more; its exit code is how many MiB it has then."""
    more = _const(1) + _MEMORY_GROW + _const(-1) + _I32_EQ + _BR_IF + b"\x01" + _BR + b"\x00"
    size = _MEMORY_SIZE + _const(_PAGES_A_MIB) + _I32_DIV_U
    return _module([("proc_exit", _EXIT)], _BLOCK + _LOOP + more + _END + _END + size + _CALL + b"\x00")


def floods() -> bytes:
    """Writes to standard output without end."""
    write = _const(1) + _const(0) + _const(1) + _const(8) + _CALL + b"\x00" + _DROP
    # One buffer of 4 KiB at address 16, described at address 0.
    return _module(
        [("fd_write", _WRITE)],
        _LOOP + write + _BR + b"\x00" + _END,
        data=(16).to_bytes(4, "little") + (4096).to_bytes(4, "little"),
    )


def copies() -> bytes:
    """Writes what it reads, until there is no more."""
    buffer, read_into, count, write_from = 64, 0, 8, 24
    zero = _const(0)
    length = zero + _I32_LOAD + _unsigned(count)
    read = zero + _const(read_into) + _const(1) + _const(count) + _CALL + b"\x00" + _DROP
    is_end = length + _I32_EQZ + _BR_IF + b"\x01"
    set_length = zero + length + _I32_STORE + _unsigned(write_from + 4)
    write = _const(1) + _const(write_from) + _const(1) + _const(count) + _CALL + b"\x01" + _DROP
    loop = _BLOCK + _LOOP + read + is_end + set_length + write + _BR + b"\x00" + _END + _END
    described = [buffer, _COPIED_AT_ONCE, 0, 0, 0, 0, buffer, 0]
    return _module(
        [("fd_read", _WRITE), ("fd_write", _WRITE), ("proc_exit", _EXIT)],
        loop + zero + _CALL + b"\x02",
        data=b"".join(word.to_bytes(4, "little") for word in described),
    )


def answers() -> bytes:
    """Not a program: exports `run`, which gives what the import `env.answer` gives."""
    imports = _vector([_name("env") + _name("answer") + b"\x00" + bytes([_ANSWER])])
    return _assemble(imports, _ANSWER, "run", _CALL + b"\x00", b"")


def _module(imports: Sequence[tuple[str, int]], body: bytes, data: bytes = b"") -> bytes:
    entries = [_name(_PREVIEW1) + _name(name) + b"\x00" + bytes([kind]) for name, kind in imports]
    return _assemble(_vector(entries), _START, "_start", body, data)


def _assemble(imports: bytes, kind: int, export: str, body: bytes, data: bytes) -> bytes:
    """One function of a type of `_TYPES`, exported beside the memory."""
    code = b"\x00" + body + _END
    function = imports[:1]  # Functions are numbered from the imports on.
    sections = [
        (1, _vector(_TYPES)),
        (2, imports),
        (3, _vector([bytes([kind])])),
        (5, _vector([b"\x00\x01"])),
        (7, _vector([_name(export) + b"\x00" + function, _name("memory") + b"\x02\x00"])),
        (10, _vector([_unsigned(len(code)) + code])),
    ]
    if data:
        sections.append((11, _vector([b"\x00" + _const(0) + _END + _unsigned(len(data)) + data])))
    content = b"".join(bytes([number]) + _unsigned(len(section)) + section for number, section in sections)
    return b"\0asm\x01\0\0\0" + content


def _const(value: int) -> bytes:
    return _I32_CONST + _signed(value)


def _name(text: str) -> bytes:
    raw = text.encode()
    return _unsigned(len(raw)) + raw


def _vector(items: Sequence[bytes]) -> bytes:
    return _unsigned(len(items)) + b"".join(items)


def _unsigned(value: int) -> bytes:
    """LEB128."""
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def _signed(value: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)
