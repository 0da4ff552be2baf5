"""Builds a bundle's module from its pinned source, in a folder of its own, and refuses one that hosts could not run."""

import os
import shutil
import tarfile
from pathlib import Path

from satchel_build.bundle_module import ModuleError, faults, read_module
from satchel_build.bundle_recipe import Recipe
from satchel_build.bundle_source import ensure_source
from satchel_build.bundle_toolchain import Toolchain
from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["build_module"]


def build_module(checkout: Checkout, recipe: Recipe, toolchain: Toolchain, progress: Progress) -> bytes:
    """The module that `recipe` gives today. Raises BuildError if a step fails or the result is not fit to run.

    What it is depends on the recipe, the sources and the toolchain alone: not on the time or the place of the build.
    What decides that is in `bundles/recipes/`; here its parts are put where it finds them.
    """
    folder = checkout.state / "bundles" / recipe.name
    shutil.rmtree(folder, ignore_errors=True)
    sources = [(source, ensure_source(checkout, source, progress)) for source in recipe.sources]
    with progress.step(f"Building {recipe.name} {recipe.version}") as step:
        for source, archive in sources:
            _unpack(archive, folder / "sources" / source.package)
        run_command(
            ["sh", toolchain.programs / "module.sh", recipe.folder, folder, recipe.sources[0].package],
            cwd=folder,
            env={**toolchain.environment, "JOBS": str(os.cpu_count() or 1)},
            step=step,
            describe=lambda line: line.strip()[:60] or None,
        )
    return _checked(recipe, folder / "module.wasm")


def _unpack(archive: Path, target: Path) -> None:
    target.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")


def _checked(recipe: Recipe, output: Path) -> bytes:
    remedy = "The recipe or the toolchain is wrong; nothing was stored."
    if not output.is_file():
        raise BuildError(f"{recipe.name}/build.sh made no {output.name}.", remedy)
    data = output.read_bytes()
    try:
        found = faults(read_module(data), exceptions=recipe.exceptions)
    except ModuleError as error:
        raise BuildError(f"{output.name} is no module: {error}.", remedy) from error
    if found:
        raise BuildError(f"{output.name} {'; '.join(found)}.", remedy)
    return data
