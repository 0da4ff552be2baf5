"""Reads what `bundles/` says about the programs it holds: the recipes they are built by, the bundles they belong to.

A recipe is a folder `bundles/recipes/NAME/`: `recipe.toml` (sources, commands), `build.sh` and `patches/*.patch`. A
bundle is a folder `bundles/NAME/`: `bundle.toml` and for each module `MODULE.wasm.gz` and `MODULE.provenance.json`.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError

__all__ = ["Bundle", "Command", "Recipe", "Source", "read_bundles", "read_recipe", "read_recipes"]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_REMEDY: Final = "bundles/README.md describes these files."


@dataclass(frozen=True, slots=True)
class Source:
    """A pinned source archive: the file `file` of the folder `pool` of any Debian mirror."""

    package: str
    version: str
    file: str
    pool: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Command:
    """A program that users see: its name, which is also its `argv[0]`, and one line about it."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one module is made. `sources` has the program itself first, then libraries that go into it.

    `exceptions` says that the module needs an engine with exception handling, as setjmp does (`wcc -fsetjmp`).
    """

    name: str
    folder: Path
    version: str
    licence: str
    bundle: str
    module: str
    sources: tuple[Source, ...]
    commands: tuple[Command, ...]
    exceptions: bool = False

    @property
    def patches(self) -> list[Path]:
        """The patches, in the order they are applied in."""
        return sorted((self.folder / "patches").glob("*.patch"))

    @property
    def path(self) -> str:
        """The module's path in the site, below `bundles/`."""
        return f"{self.bundle}/{self.module}.wasm"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Modules that are installed together."""

    name: str
    version: str
    summary: str
    recipes: tuple[str, ...]


def read_recipes(checkout: Checkout) -> list[Recipe]:
    """All recipes, by name. Raises BuildError as `read_recipe`."""
    folder = checkout.root / "bundles" / "recipes"
    return [read_recipe(path.parent) for path in sorted(folder.glob("*/recipe.toml"))]


def read_recipe(folder: Path) -> Recipe:
    """The recipe in `folder`. Raises BuildError if its file lacks something or holds what it should not."""
    data = _read_toml(folder / "recipe.toml")
    try:
        recipe = Recipe(
            name=folder.name,
            folder=folder,
            version=str(data["version"]),
            licence=str(data["licence"]),
            bundle=str(data["bundle"]),
            module=str(data["module"]),
            sources=tuple(_source(table) for table in _tables(data, "sources")),
            commands=tuple(Command(name, str(text)) for name, text in _table(data, "commands").items()),
            exceptions=_flag(data, "exceptions"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BuildError(f"{folder.name}/recipe.toml is not a recipe ({error}).", _REMEDY) from error
    if not recipe.sources or not all(_SHA256.fullmatch(source.sha256) for source in recipe.sources):
        raise BuildError(f"{folder.name}/recipe.toml must pin its sources by SHA-256.", _REMEDY)
    return recipe


def read_bundles(checkout: Checkout) -> list[Bundle]:
    """All bundles, by name; none if the checkout has no such folder. Raises BuildError if a file is not one."""
    bundles = []
    for path in sorted((checkout.root / "bundles").glob("*/bundle.toml")):
        data = _read_toml(path)
        try:
            bundles.append(
                Bundle(
                    name=path.parent.name,
                    version=str(data["version"]),
                    summary=str(data["summary"]),
                    recipes=tuple(str(name) for name in _list(data, "recipes")),
                )
            )
        except KeyError as error:
            raise BuildError(f"{path.parent.name}/bundle.toml lacks {error}.", _REMEDY) from error
    return bundles


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{path.parent.name}/{path.name} cannot be read ({error}).", _REMEDY) from error


def _table(data: dict[str, object], key: str) -> dict[str, object]:
    value = data[key]
    if not isinstance(value, dict):
        raise TypeError(f"{key} is no table")
    return value


def _flag(data: dict[str, object], key: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise TypeError(f"{key} is neither true nor false")
    return value


def _list(data: dict[str, object], key: str) -> list[object]:
    value = data[key]
    if not isinstance(value, list):
        raise TypeError(f"{key} is no list")
    return value


def _source(table: dict[str, object]) -> Source:
    return Source(
        package=str(table["package"]),
        version=str(table["version"]),
        file=str(table["file"]),
        pool=str(table["pool"]),
        sha256=str(table["sha256"]),
        size=int(str(table["size"])),
    )


def _tables(data: dict[str, object], key: str) -> list[dict[str, object]]:
    tables = []
    for entry in _list(data, key):
        if not isinstance(entry, dict):
            raise TypeError(f"{key} has an entry that is no table")
        tables.append(entry)
    return tables
