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
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["Toolchain", "ensure_toolchain", "folder_digest", "pinned_version", "toolchain_digest"]

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

    @property
    def environment(self) -> dict[str, str]:
        """What `wcc` needs to find in the environment."""
        return {"SATCHEL_TOOLCHAIN": str(self.folder)}


def ensure_toolchain(checkout: Checkout, progress: Progress) -> Toolchain:
    """The toolchain, installed and built if it is not there yet or not from today's files. Raises BuildError."""
    lock = checkout.lock("toolchain")
    folder = checkout.state / "toolchain"
    programs = checkout.root / "bundles" / "recipes" / "toolchain"
    toolchain = Toolchain(folder, programs)
    if _stamp(folder / "zig.stamp") != file_digest(lock):
        _install_zig(checkout, folder, lock, progress)
    digest = text_digest(toolchain_digest(checkout), str(folder))
    if _stamp(folder / "library.stamp") != digest:
        _build_library(toolchain, checkout, progress)
        (folder / "library.stamp").write_text(digest)
    return toolchain


def toolchain_digest(checkout: Checkout) -> str:
    """One digest over all that the toolchain is made from: compiler, scripts, flags, headers, library."""
    bundles = checkout.root / "bundles"
    return text_digest(
        folder_digest(bundles / "recipes" / "toolchain"),
        folder_digest(bundles / "include"),
        file_digest(checkout.lock("toolchain")),
    )


def pinned_version(checkout: Checkout) -> str:
    """The version of `ziglang` in toolchain.lock. Raises BuildError if it pins none."""
    lock = checkout.lock("toolchain")
    found = re.search(r"^ziglang==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise BuildError(f"{lock.name} does not pin ziglang.", "Restore it: `git status` tells more.")
    return found[1]


def folder_digest(folder: Path) -> str:
    """One digest over the names and contents of all files in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return text_digest(
        *(part for path in files for part in (path.relative_to(folder).as_posix(), file_digest(path)))
    )


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
    with progress.step("Building the C library of the bundles") as step:
        run_command(
            ["sh", toolchain.programs / "toolchain.sh"],
            cwd=checkout.root,
            env=toolchain.environment,
            step=step,
            describe=str.strip,
        )
