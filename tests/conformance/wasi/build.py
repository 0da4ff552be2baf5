"""Builds the C programs of this folder anew and compares them with the committed modules.

    python3 tests/conformance/wasi/build.py [--write] [NAME...]

It needs PyPI's `ziglang` (the version in TOOLCHAIN) in the interpreter that runs it, and nothing else. Without --write
it only says which modules would differ. Tests do not run it: they use the committed modules, whose digests and
sources' digests stand in modules/digests.json.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "app"))

from satchel.wasi import abi

TOOLCHAIN = "ziglang 0.17.1"
FLAGS = (
    "-target",
    "wasm32-wasi",
    "-Os",
    "-s",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-I",
    str(ROOT / "bundles/include"),
)
# Without C library and start code: the host calls are the program's own and no others.
FREESTANDING = ("-nostdlib", "-ffreestanding", "-Wl,--no-entry", "-Wl,-z,stack-size=131072")
FREESTANDING_PROGRAMS = ("calls",)


def calls_table() -> str:
    """The C header of `calls`: every call of every module, and the names of the errnos."""
    lines = ["#include <stdint.h>"]
    entries = []
    for module, calls in abi.MODULES.items():
        prefix = "" if module == abi.PREVIEW1 else module.removeprefix("satchel_").removesuffix("_v1") + "."
        for call in calls:
            types = (
                ", ".join("int64_t" if kind == "i64" else "int32_t" for _, kind in call.parameters) or "void"
            )
            result = "int32_t" if call.returns_errno else "void"
            name = f"{prefix}{call.name}".replace(".", "_")
            attributes = f'__attribute__((import_module("{module}"), import_name("{call.name}")))'
            lines.append(f"{attributes} {result} import_{name}({types});")
            arguments = ", ".join(
                f"a[{index}]" if kind == "i64" else f"(int32_t)a[{index}]"
                for index, (_, kind) in enumerate(call.parameters)
            )
            body = f"import_{name}({arguments})"
            statement = f"return {body};" if call.returns_errno else f"{body}; return -1;"
            lines.append(f"static int32_t call_{name}(const int64_t *a) {{ (void)a; {statement} }}")
            entries.append(f'{{"{prefix}{call.name}", {len(call.parameters)}, call_{name}}},')
    lines.append(
        "static const struct { const char *name; int parameters; int32_t (*function)(const int64_t *); } CALLS[] = {"
    )
    lines += [*entries, "};", f"enum {{ CALL_COUNT = {len(entries)}, ERRNO_COUNT = {len(abi.Errno)} }};"]
    names = ", ".join(f'"{errno.name}"' for errno in abi.Errno)
    return "\n".join([*lines, f"static const char *const ERRNO_NAMES[] = {{{names}}};", ""])


def compile_program(source: Path, folder: Path) -> bytes:
    """The module of one source file. Raises CalledProcessError with the compiler's message on stderr."""
    (folder / "calls_table.h").write_text(calls_table(), encoding="utf-8")
    module = folder / f"{source.stem}.wasm"
    extra = FREESTANDING if source.stem in FREESTANDING_PROGRAMS else ()
    command = [
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        *FLAGS,
        *extra,
        "-I",
        str(folder),
        "-o",
        str(module),
        str(source),
    ]
    subprocess.run(command, check=True)
    return module.read_bytes()


def source_digest(source: Path) -> str:
    """What a module is made from: its source, and for `calls` the table that comes from the ABI."""
    text = source.read_text(encoding="utf-8")
    if "calls_table.h" in text:
        text += calls_table()
    return hashlib.sha256(text.encode()).hexdigest()


def main(argv: list[str]) -> int:
    """Build what is named (all by default); the exit status is 1 when a committed module differs."""
    write = "--write" in argv
    names = [name for name in argv if name != "--write"]
    digests_file = HERE / "modules/digests.json"
    digests = json.loads(digests_file.read_text(encoding="utf-8")) if digests_file.exists() else {}
    different = False
    for source in sorted((HERE / "programs").glob("*.c")):
        if names and source.stem not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            module = compile_program(source, Path(folder))
        digest = hashlib.sha256(module).hexdigest()
        entry = {"sha256": digest, "source": source_digest(source), "toolchain": TOOLCHAIN}
        if digests.get(source.stem) == entry:
            continue
        different = True
        print(f"{source.stem}: {len(module)} bytes, {digest[:12]}{'' if write else ' differs'}")
        if write:
            digests[source.stem] = entry
            (HERE / f"modules/{source.stem}.wasm.gz").write_bytes(gzip.compress(module, 9, mtime=0))
            digests_file.write_text(json.dumps(digests, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return int(different and not write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
