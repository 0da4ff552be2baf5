"""Small WebAssembly modules put together by hand, section by section, for tests that read modules."""

from __future__ import annotations

from collections.abc import Sequence

HEADER = b"\0asm\1\0\0\0"
I32, I64 = 0x7F, 0x7E
VALUE_TYPES = {"i32": I32, "i64": I64}

Signature = tuple[Sequence[str], Sequence[str]]


def number(value: int) -> bytes:
    """`value` as unsigned LEB128."""
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def name(text: str) -> bytes:
    data = text.encode()
    return number(len(data)) + data


def section(kind: int, entries: Sequence[bytes]) -> bytes:
    content = number(len(entries)) + b"".join(entries)
    return bytes([kind]) + number(len(content)) + content


def signature(kinds: Signature) -> bytes:
    return b"\x60" + b"".join(number(len(part)) + bytes(VALUE_TYPES[kind] for kind in part) for part in kinds)


def module(
    imports: Sequence[tuple[str, str, Signature]] = (),
    exports: Sequence[tuple[str, int]] = (("_start", 0), ("memory", 2)),
    *,
    tag: bool = False,
) -> bytes:
    """A module with these imported functions, and exports of these names and kinds (0 function, 2 memory)."""
    types = [signature(kinds) for _, _, kinds in imports] + [signature(((), ()))]
    parts = [
        section(1, types),
        section(2, [name(m) + name(n) + b"\0" + number(i) for i, (m, n, _) in enumerate(imports)]),
        section(3, [number(len(imports))]),
        section(5, [b"\0\1"]),
    ]
    if tag:
        parts.append(section(13, [b"\0" + number(len(imports))]))
    parts.append(
        section(
            7, [name(n) + bytes([kind]) + number(len(imports) if kind == 0 else 0) for n, kind in exports]
        )
    )
    parts.append(section(10, [b"\2\0\x0b"]))
    return HEADER + b"".join(parts)
