"""`build.py bundles`: checks the committed modules, or builds them anew from source and compares."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from satchel_build.build_lock import build_lock
from satchel_build.bundle_build import build_module
from satchel_build.bundle_module import ModuleError, faults, read_module
from satchel_build.bundle_provenance import describe, read_committed, rebuild_remedy, write_committed
from satchel_build.bundle_recipe import Recipe, read_recipes
from satchel_build.bundle_toolchain import ensure_toolchain
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["committed_faults", "run"]


def run(argv: list[str]) -> int:
    """Run the command; returns the exit status, 1 if a module is not what it should be."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.write and not options.from_source:
        parser.error("--write stores what --from-source builds; give both")
    checkout = Checkout(Path(__file__).resolve().parents[2])
    progress = Progress(sys.stderr)
    try:
        recipes = _chosen(read_recipes(checkout), options.name)
        if options.from_source:
            with build_lock(checkout, progress):
                return max(_rebuild(checkout, recipe, progress, write=options.write) for recipe in recipes)
        return max(_report(checkout, recipe) for recipe in recipes)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1


def committed_faults(checkout: Checkout, recipe: Recipe) -> list[str]:
    """What is wrong with the committed module of `recipe` and its record.

    Raises BuildError if there is none, or what is there is no module.
    """
    committed = read_committed(checkout, recipe)
    try:
        found = faults(read_module(committed.data), exceptions=recipe.exceptions)
        today = describe(checkout, recipe, committed.data)
    except ModuleError as error:
        raise BuildError(
            f"bundles/{recipe.path}.gz is no module: {error}.", rebuild_remedy(recipe)
        ) from error
    if committed.record.get("inputs") != today["inputs"]:
        found.append("was made from other files than the recipe and the toolchain have now")
    elif committed.record != today:
        found.append("is not what its record says")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="build.py bundles",
        description="Check the committed modules of the bundles against their records.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--from-source",
        action="store_true",
        help="build them from their pinned sources and compare the digests",
    )
    parser.add_argument(
        "--write", action="store_true", help="with --from-source, and only then: store what was built"
    )
    parser.add_argument("name", nargs="*", help="recipes; all if none is named")
    return parser


def _chosen(recipes: Sequence[Recipe], names: Sequence[str]) -> list[Recipe]:
    known = {recipe.name: recipe for recipe in recipes}
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        raise BuildError(
            f"There is no recipe {' '.join(unknown)}.", f"There are: {' '.join(known) or 'none'}."
        )
    return [known[name] for name in names] or list(recipes)


def _report(checkout: Checkout, recipe: Recipe) -> int:
    found = committed_faults(checkout, recipe)
    print(f"{recipe.path}: {recipe.name} {recipe.version}, {len(recipe.commands)} commands: ", end="")
    print("; ".join(found) or "as recorded")
    return 1 if found else 0


def _rebuild(checkout: Checkout, recipe: Recipe, progress: Progress, *, write: bool) -> int:
    toolchain = ensure_toolchain(checkout, progress)
    data = build_module(checkout, recipe, toolchain, progress)
    digest = hashlib.sha256(data).hexdigest()
    if write:
        write_committed(checkout, recipe, data, describe(checkout, recipe, data))
        print(f"{recipe.path}: stored {digest}, {len(data)} bytes")
        return 0
    committed = read_committed(checkout, recipe).sha256
    print(
        f"{recipe.path}: {digest}, {'as committed' if committed == digest else f'committed is {committed}'}"
    )
    return 0 if committed == digest else 1
