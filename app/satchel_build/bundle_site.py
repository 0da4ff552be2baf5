"""Puts the bundles into the site: modules, the index that hosts read, and the source that the GPL wants beside them."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Final

from satchel_build.bundle_provenance import CommittedModule, read_committed, rebuild_remedy
from satchel_build.bundle_recipe import Bundle, Recipe, read_bundles, read_recipe
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError

__all__ = ["INDEX_VERSION", "copy_bundles"]

INDEX_VERSION: Final = 1

# Beside the recipes, everything that their build.sh use; wcc finds headers by these paths.
_TOOLCHAIN_PARTS: Final = ("recipes/toolchain", "include")


def copy_bundles(checkout: Checkout, site: Path) -> None:
    """Write `bundles/` below `site`: index.json, the modules and `sources/`. Raises BuildError if one is damaged."""
    target = site / "bundles"
    entries = []
    recipes: list[Recipe] = []
    for bundle in read_bundles(checkout):
        members = [_member(checkout, bundle, name) for name in bundle.recipes]
        for recipe, module in members:
            path = target / recipe.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(module.data)
            _offer_source(recipe, module, target / "sources" / "recipes" / recipe.name)
        entries.append(_index_entry(bundle, members))
        recipes += [recipe for recipe, _ in members]
    target.mkdir(exist_ok=True)
    index = {"v": INDEX_VERSION, "bundles": entries}
    (target / "index.json").write_text(
        json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    if recipes:
        _offer_toolchain(checkout, target / "sources")


def _member(checkout: Checkout, bundle: Bundle, name: str) -> tuple[Recipe, CommittedModule]:
    recipe = read_recipe(checkout.root / "bundles" / "recipes" / name)
    module = read_committed(checkout, recipe)
    recorded = module.record.get("module")
    if not isinstance(recorded, dict) or recorded.get("sha256") != module.sha256:
        raise BuildError(
            f"bundles/{recipe.path}.gz is not the module that its record describes.",
            rebuild_remedy(recipe),
        )
    if recipe.bundle != bundle.name:
        raise BuildError(
            f"The recipe {name} says it belongs to {recipe.bundle}.", f"Its bundle is {bundle.name}."
        )
    return recipe, module


def _index_entry(bundle: Bundle, members: list[tuple[Recipe, CommittedModule]]) -> dict[str, object]:
    return {
        "name": bundle.name,
        "version": bundle.version,
        "licence": " AND ".join(sorted({recipe.licence for recipe, _ in members})),
        "summary": bundle.summary,
        "modules": [
            {"path": recipe.path, "sha256": module.sha256, "size": len(module.data)}
            for recipe, module in members
        ],
        "commands": [
            {"name": command.name, "module": number, "argv0": command.name, "summary": command.summary}
            for number, (recipe, _) in enumerate(members)
            for command in sorted(recipe.commands, key=lambda command: command.name)
        ],
    }


def _offer_source(recipe: Recipe, module: CommittedModule, folder: Path) -> None:
    """What is needed to make the module again, but for the original archives: those are named, with their digests."""
    shutil.copytree(recipe.folder, folder, ignore=shutil.ignore_patterns(".*"))
    (folder / "provenance.json").write_text(
        json.dumps(module.record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (folder / "SOURCE.txt").write_text(_source_text(recipe, module), encoding="utf-8")


def _source_text(recipe: Recipe, module: CommittedModule) -> str:
    archives = "".join(
        f"  {source.file}\n"
        f"    SHA-256 {source.sha256}, {source.size} bytes\n"
        f"    the original archive of the Debian source package {source.package} {source.version};\n"
        f"    every Debian mirror has it at {source.pool}/{source.file}, Debian's snapshot archive for good\n"
        for source in recipe.sources
    )
    work = f"work/{recipe.name}"
    unpacking = "\n".join(
        f"  mkdir -p {work}/sources/{source.package}\n"
        f"  tar -x -f {source.file} -C {work}/sources/{source.package}"
        for source in recipe.sources
    )
    return f"""\
{recipe.path} (SHA-256 {module.sha256})
is {recipe.name} {recipe.version}, {recipe.licence}.

Its corresponding source:

{archives}  patches/, applied in the order of their names
  recipe.toml and build.sh, the recipe, with ../toolchain and ../../include, its compiler set-up and C library

To build it, on Linux with make, patch and Python: get the files that ../../SHA256SUMS lists, and the archives; then, in
the folder of SHA256SUMS,

  chmod +x recipes/toolchain/w*
  python3 -m pip install --require-hashes --no-deps --target work/packages --requirement toolchain.lock
  mkdir -p work/toolchain
  mv work/packages/ziglang work/toolchain/zig
  export SATCHEL_TOOLCHAIN="$PWD/work/toolchain"
  sh recipes/toolchain/toolchain.sh
{unpacking}
  sh recipes/toolchain/module.sh recipes/{recipe.name} {work} {recipe.sources[0].package}

which makes {work}/module.wasm, this module byte for byte. In a checkout of Satchel all of that is
`python3 build.py bundles --from-source {recipe.name}`.
"""


def _offer_toolchain(checkout: Checkout, sources: Path) -> None:
    for part in _TOOLCHAIN_PARTS:
        source = checkout.root / "bundles" / part
        shutil.copytree(source, sources / part, ignore=shutil.ignore_patterns(".*"))
    lock = checkout.lock("toolchain")
    shutil.copyfile(lock, sources / lock.name)
    files = sorted(path for path in sources.rglob("*") if path.is_file())
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(sources).as_posix()}"
        for path in files
    ]
    (sources / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
