"""Builds the C programs of this folder anew and compares them with the committed modules.

    python3 tests/conformance/wasi/build.py [--write] [NAME...]

The compiler is that of the bundles (requirements/toolchain.lock); it is installed into .build/toolchain/ if it is not
there. Without --write it only says which modules would differ. Tests do not run it: they use the committed modules,
and check by modules/digests.json that these are what the sources gave.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "app"))

from satchel.wasi import abi
from satchel_build.bundle_provenance import packed
from satchel_build.bundle_toolchain import ensure_toolchain, pinned_version
from satchel_build.checkout import Checkout
from satchel_build.digests import text_digest
from satchel_build.progress import Progress

CHECKOUT = Checkout(ROOT)
DIGESTS = HERE / "modules/digests.json"
FLAGS = ("-target", "wasm32-wasi", "-Os", "-s", "-Wall", "-Wextra", "-Werror")
# Without C library and start code: the host calls are the program's own and no others.
FREESTANDING = ("-nostdlib", "-ffreestanding", "-Wl,--no-entry", "-Wl,-z,stack-size=131072")
FREESTANDING_PROGRAMS = ("calls",)
HEADERS = ROOT / "bundles/include"
SOURCES = sorted((HERE / "programs").glob("*.c"))


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


def flags(source: Path) -> tuple[str, ...]:
    """What the compiler is told about one program, but for places."""
    return (*FLAGS, *(FREESTANDING if source.stem in FREESTANDING_PROGRAMS else ()))


def compile_program(zig: Path, source: Path, folder: Path) -> bytes:
    """The module of one source file. Raises CalledProcessError with the compiler's message on stderr."""
    (folder / "calls_table.h").write_text(calls_table(), encoding="utf-8")
    module = folder / f"{source.stem}.wasm"
    includes = [word for place in (HEADERS, folder) for word in ("-I", place)]
    subprocess.run([zig, "cc", *flags(source), *includes, "-o", module, source], check=True)
    return module.read_bytes()


def source_digest(source: Path) -> str:
    """What a module is made from: its source, the headers that it includes and are ours, and the flags.

    Ours are the files of `bundles/include/` and the table that comes from the ABI.
    """
    ours = {path.name: path.read_text(encoding="utf-8") for path in HEADERS.iterdir()}
    ours["calls_table.h"] = calls_table()
    text = source.read_text(encoding="utf-8")
    included = re.findall(r'^#include "(.*)"$', text, re.MULTILINE)
    return text_digest(text, *(ours[name] for name in included), *flags(source))


def expected_record(source: Path, module: bytes) -> dict[str, str]:
    """The entry of modules/digests.json for `module`, made from `source` as it is now."""
    return {
        "sha256": hashlib.sha256(module).hexdigest(),
        "source": source_digest(source),
        "toolchain": f"ziglang {pinned_version(CHECKOUT)}",
    }


def main(argv: list[str]) -> int:
    """Build what is named (all by default); the exit status is 1 when a committed module differs."""
    write = "--write" in argv
    names = [name for name in argv if name != "--write"]
    digests = json.loads(DIGESTS.read_text(encoding="utf-8")) if DIGESTS.exists() else {}
    zig = ensure_toolchain(CHECKOUT, Progress(sys.stderr)).folder / "zig" / "zig"
    different = False
    for source in SOURCES:
        if names and source.stem not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            module = compile_program(zig, source, Path(folder))
        entry = expected_record(source, module)
        if digests.get(source.stem) == entry:
            continue
        different = True
        print(f"{source.stem}: {len(module)} bytes, {entry['sha256'][:12]}{'' if write else ' differs'}")
        if write:
            digests[source.stem] = entry
            (HERE / f"modules/{source.stem}.wasm.gz").write_bytes(packed(module))
            DIGESTS.write_text(json.dumps(digests, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return int(different and not write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
