"""The modules in the repository are what their records say, and hosts can run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from satchel_build.bundle_command import committed_faults
from satchel_build.bundle_provenance import packed, read_committed
from satchel_build.bundle_recipe import Recipe, read_bundles, read_recipes
from satchel_build.bundle_site import copy_bundles
from satchel_build.checkout import Checkout

CHECKOUT = Checkout(Path(__file__).resolve().parents[3])
RECIPES = read_recipes(CHECKOUT)
# What people and models type without thinking; a build that lost one of them would pass every other test here.
EXPECTED = (
    "cat chmod cp cut date egrep env expr fgrep grep head id ln ls mkdir mktemp mv printf rm sha256sum sort stat tail "
    "tee test timeout touch tr uniq wc [ true false"
)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_committed_modules_are_as_recorded(recipe: Recipe) -> None:
    assert committed_faults(CHECKOUT, recipe) == []


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_committed_modules_are_packed_as_the_build_packs(recipe: Recipe) -> None:
    committed = read_committed(CHECKOUT, recipe)
    path = CHECKOUT.root / "bundles" / recipe.bundle / f"{recipe.module}.wasm.gz"
    # Compressors differ from one zlib to the next, so only the header is the same everywhere.
    assert path.read_bytes()[:8] == packed(committed.data)[:8]


def test_every_recipe_belongs_to_one_bundle_that_names_it() -> None:
    named = [(name, bundle.name) for bundle in read_bundles(CHECKOUT) for name in bundle.recipes]
    assert sorted(named) == [(recipe.name, recipe.bundle) for recipe in RECIPES]


def test_the_site_offers_the_usual_commands_once_each(tmp_path: Path) -> None:
    copy_bundles(CHECKOUT, tmp_path)
    index = json.loads((tmp_path / "bundles" / "index.json").read_text())
    names = [command["name"] for bundle in index["bundles"] for command in bundle["commands"]]
    assert len(names) == len(set(names))
    assert set(EXPECTED.split()) <= set(names)
