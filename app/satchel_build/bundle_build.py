"""Builds a bundle's module from its pinned source, in a folder of its own, and refuses one that hosts could not run."""

import os
import shutil
import tarfile
from pathlib import Path
from typing import Final

from satchel_build.bundle_module import ModuleError, faults, read_module
from satchel_build.bundle_recipe import Recipe, Source
from satchel_build.bundle_source import ensure_source
from satchel_build.bundle_toolchain import Toolchain
from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["build_module"]

# Any fixed moment; programs that write the date of their build into themselves take it from here.
_SOURCE_DATE_EPOCH: Final = "1735689600"


def build_module(checkout: Checkout, recipe: Recipe, toolchain: Toolchain, progress: Progress) -> bytes:
    """The module that `recipe` gives today. Raises BuildError if a step fails or the result is not fit to run.

    What it is depends on the recipe, the sources and the toolchain alone: not on the time or the place of the build.
    """
    folder = checkout.state / "bundles" / recipe.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "build").mkdir(parents=True)
    sources = [(source, ensure_source(checkout, source, progress)) for source in recipe.sources]
    output = folder / f"{recipe.module}.wasm"
    with progress.step(f"Building {recipe.name} {recipe.version}") as step:
        trees = [_unpack(archive, source, folder) for source, archive in sources]
        for patch in recipe.patches:
            run_command(["patch", "--strip=1", "--forward", f"--input={patch}"], cwd=trees[0])
        environment = {
            **toolchain.environment,
            "PATH": f"{toolchain.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "SOURCE": str(trees[0]),
            "LIBRARIES": str(folder / "libraries"),
            "OUTPUT": str(output),
            "SATCHEL_BUILD_ROOT": str(folder),
            "CONFIG_SITE": str(toolchain.programs / "config.site"),
            "SOURCE_DATE_EPOCH": _SOURCE_DATE_EPOCH,
            "JOBS": str(os.cpu_count() or 1),
            "LC_ALL": "C",
            "TZ": "UTC",
        }
        run_command(
            ["sh", recipe.folder / "build.sh"],
            cwd=folder / "build",
            env=environment,
            step=step,
            describe=lambda line: line.strip()[:60] or None,
        )
    return _checked(recipe, output)


def _unpack(archive: Path, source: Source, folder: Path) -> Path:
    """Unpack the archive, whose members are all in one folder, and return that folder."""
    target = folder / "sources" / source.package
    target.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    (tree,) = target.iterdir()
    # Generated files must stay newer than what they are from, or make runs tools that are not here.
    for path in tree.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (0, 0))
    return tree


def _checked(recipe: Recipe, output: Path) -> bytes:
    remedy = "The recipe or the toolchain is wrong; nothing was stored."
    if not output.is_file():
        raise BuildError(f"{recipe.name}/build.sh made no {output.name}.", remedy)
    data = output.read_bytes()
    try:
        found = faults(read_module(data))
    except ModuleError as error:
        raise BuildError(f"{output.name} is no module: {error}.", remedy) from error
    if found:
        raise BuildError(f"{output.name} {'; '.join(found)}.", remedy)
    return data
