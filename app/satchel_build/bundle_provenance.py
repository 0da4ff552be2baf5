"""The record beside each committed module: what it was made from, by what, and what it is."""

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

from satchel_build.bundle_module import read_module
from satchel_build.bundle_recipe import Recipe
from satchel_build.bundle_toolchain import folder_digest, pinned_version, toolchain_digest
from satchel_build.checkout import Checkout
from satchel_build.digests import file_digest, text_digest
from satchel_build.errors import BuildError

__all__ = [
    "CommittedModule",
    "describe",
    "inputs_digest",
    "packed",
    "read_committed",
    "rebuild_remedy",
    "write_committed",
]


@dataclass(frozen=True, slots=True)
class CommittedModule:
    """A module as it lies in the repository: its bytes, unpacked, and its record."""

    data: bytes
    record: dict[str, object]

    @property
    def sha256(self) -> str:
        """Digest of the unpacked module."""
        return hashlib.sha256(self.data).hexdigest()


def inputs_digest(checkout: Checkout, recipe: Recipe) -> str:
    """Digest over everything in the repository that decides what the module is; another one means that it is stale."""
    return text_digest(folder_digest(recipe.folder), toolchain_digest(checkout))


def describe(checkout: Checkout, recipe: Recipe, data: bytes) -> dict[str, object]:
    """The record of the module `data` that `recipe` gave with the compiler that is pinned now. Raises ModuleError."""
    facts = read_module(data)
    modules = sorted({item.module for item in facts.imports})
    return {
        "name": recipe.name,
        "version": recipe.version,
        "licence": recipe.licence,
        "sources": [
            {
                "package": source.package,
                "version": source.version,
                "file": source.file,
                "sha256": source.sha256,
                "size": source.size,
            }
            for source in recipe.sources
        ],
        "patches": {path.name: file_digest(path) for path in recipe.patches},
        "toolchain": {"ziglang": pinned_version(checkout)},
        "inputs": inputs_digest(checkout, recipe),
        "module": {
            "path": recipe.path,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "imports": {
                module: [item.name for item in facts.imports if item.module == module] for module in modules
            },
            "exports": sorted(facts.exports),
        },
        "commands": {command.name: command.summary for command in recipe.commands},
    }


def packed(data: bytes) -> bytes:
    """`data` compressed as it is committed: the same bytes each time, with no time and no file name in them."""
    return gzip.compress(data, compresslevel=9, mtime=0)


def read_committed(checkout: Checkout, recipe: Recipe) -> CommittedModule:
    """The committed module and record of `recipe`. Raises BuildError if they are missing or damaged."""
    module, record_path = _paths(checkout, recipe)
    damaged = f"bundles/{recipe.path}.gz or its record cannot be read"
    try:
        data = gzip.decompress(module.read_bytes())
        record = json.loads(record_path.read_text(encoding="utf-8"))
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BuildError(f"{damaged} ({error}).", rebuild_remedy(recipe)) from error
    if not isinstance(record, dict):
        raise BuildError(f"{damaged} (no JSON object).", rebuild_remedy(recipe))
    return CommittedModule(data, record)


def rebuild_remedy(recipe: Recipe) -> str:
    """What to do about a committed module that is not what it should be."""
    return f"Make it with `python3 build.py bundles --from-source --write {recipe.name}`."


def write_committed(checkout: Checkout, recipe: Recipe, data: bytes, record: dict[str, object]) -> None:
    """Put the module and its record where `read_committed` finds them."""
    module, record_path = _paths(checkout, recipe)
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_bytes(packed(data))
    record_path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _paths(checkout: Checkout, recipe: Recipe) -> tuple[Path, Path]:
    folder = checkout.root / "bundles" / recipe.bundle
    return folder / f"{recipe.module}.wasm.gz", folder / f"{recipe.module}.provenance.json"
