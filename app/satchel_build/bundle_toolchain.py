"""Makes the C toolchain of the bundles: zig from its pinned wheel, and the library in `bundles/recipes/toolchain/`.

It lies in `.build/toolchain/`, apart from `.venv`: only who rebuilds a bundle needs it, and zig is large.
"""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.digests import file_digest, text_digest
from satchel_build.environment import pip_detail
from satchel_build.progress import Progress

__all__ = ["Toolchain", "ensure_toolchain", "recipe_digest"]

_SETJMP_TAG: Final = "setjmp.s"
_FIRST: Final = "first.c"
_PIP_INSTALL: Final = (
    "--disable-pip-version-check",
    "--no-input",
    "install",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "--no-deps",
    "--no-compile",
)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A toolchain that is ready: the folder that `wcc` finds in SATCHEL_TOOLCHAIN, and where `wcc` itself is."""

    folder: Path
    programs: Path
    version: str

    @property
    def environment(self) -> dict[str, str]:
        """What `wcc` needs to find in the environment."""
        return {"SATCHEL_TOOLCHAIN": str(self.folder)}


def ensure_toolchain(checkout: Checkout, progress: Progress) -> Toolchain:
    """The toolchain, installed and built if it is not there yet or not from today's files. Raises BuildError."""
    lock = checkout.lock("toolchain")
    folder = checkout.state / "toolchain"
    programs = checkout.root / "bundles" / "recipes" / "toolchain"
    toolchain = Toolchain(folder, programs, _pinned_version(lock))
    if _stamp(folder / "zig.stamp") != file_digest(lock):
        _install_zig(checkout, folder, lock, progress)
    header = checkout.root / "bundles" / "include" / "satchel.h"
    digest = text_digest(recipe_digest(programs), file_digest(header), file_digest(lock), str(folder))
    if _stamp(folder / "library.stamp") != digest:
        _build_library(toolchain, checkout, progress)
        (folder / "library.stamp").write_text(digest)
    return toolchain


def recipe_digest(folder: Path) -> str:
    """One digest over the names and contents of all files in a recipe's folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return text_digest(
        *(part for path in files for part in (path.relative_to(folder).as_posix(), file_digest(path)))
    )


def _pinned_version(lock: Path) -> str:
    found = re.search(r"^ziglang==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, "the lock does not pin ziglang"
    return found[1]


def _stamp(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _install_zig(checkout: Checkout, folder: Path, lock: Path, progress: Progress) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with progress.step(f"Installing the compiler ({lock.name})") as step:
        run_command(
            [
                sys.executable,
                "-m",
                "pip",
                *_PIP_INSTALL,
                "--target",
                folder / "packages",
                "--requirement",
                lock,
            ],
            cwd=checkout.root,
            step=step,
            describe=pip_detail,
            remedy="Check the network connection (pip must reach its package index) and start again.",
        )
    (folder / "packages" / "ziglang").rename(folder / "zig")
    (folder / "zig.stamp").write_text(file_digest(lock))


def _build_library(toolchain: Toolchain, checkout: Checkout, progress: Progress) -> None:
    sources = toolchain.programs / "lib"
    library = toolchain.folder / "lib"
    shutil.rmtree(library, ignore_errors=True)
    library.mkdir()
    wcc = toolchain.programs / "wcc"
    with progress.step("Building the C library of the bundles") as step:
        objects = []
        for source in [
            sources / _FIRST,
            *sorted(path for path in sources.glob("*.c") if path.name != _FIRST),
        ]:
            step.update(source.name)
            objects.append(library / f"{source.stem}.o")
            run_command(
                [wcc, "-O2", "-Wall", "-Wextra", "-Werror", "-c", source, "-o", objects[-1]],
                cwd=checkout.root,
                env=toolchain.environment,
            )
        run_command(
            [wcc, "-mexception-handling", "-c", sources / _SETJMP_TAG, "-o", library / "setjmp.o"],
            cwd=checkout.root,
            env=toolchain.environment,
        )
        # One object, not an archive: its definitions must be there before libc.a, which zig puts first, offers its own.
        run_command(
            [toolchain.folder / "zig" / "zig", "wasm-ld", "-r", "-o", library / "satchel.o", *objects],
            cwd=checkout.root,
        )
