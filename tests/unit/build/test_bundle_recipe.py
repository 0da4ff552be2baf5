"""Reading recipes and bundles, and getting their sources."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from satchel_build import bundle_source
from satchel_build.bundle_recipe import Source, read_bundles, read_recipe, read_recipes
from satchel_build.bundle_source import ensure_source
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

DIGEST = hashlib.sha256(b"archive").hexdigest()
SOURCE = Source("tool", "1.0-1", "tool_1.0.orig.tar.xz", "pool/main/t/tool", DIGEST, 7)
RECIPE = f"""
version = "1.0"
licence = "MIT"
bundle = "tools"
module = "tool"

[[sources]]
package = "tool"
version = "1.0-1"
file = "tool_1.0.orig.tar.xz"
pool = "pool/main/t/tool"
sha256 = "{DIGEST}"
size = 7

[commands]
tool = "do it"
other = "do the other thing"
"""


def recipe_folder(root: Path, text: str = RECIPE, name: str = "tool") -> Path:
    folder = root / "bundles" / "recipes" / name
    (folder / "patches").mkdir(parents=True)
    (folder / "recipe.toml").write_text(text)
    return folder


def test_a_recipe_is_read_whole(tmp_path: Path) -> None:
    folder = recipe_folder(tmp_path)
    for name in ("b.patch", "a.patch", "note.txt"):
        (folder / "patches" / name).write_text("")
    recipe = read_recipe(folder)
    assert recipe.sources == (SOURCE,)
    assert [(command.name, command.summary) for command in recipe.commands] == [
        ("tool", "do it"),
        ("other", "do the other thing"),
    ]
    assert [path.name for path in recipe.patches] == ["a.patch", "b.patch"]
    assert recipe.path == "tools/tool.wasm"
    assert not recipe.exceptions


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (RECIPE.replace('licence = "MIT"', ""), "not a recipe"),
        (RECIPE.replace("[[sources]]", "[[archives]]"), "not a recipe"),
        (RECIPE.replace('file = "tool_1.0.orig.tar.xz"', ""), "not a recipe"),
        (RECIPE.replace("size = 7", 'size = "big"'), "not a recipe"),
        (f'exceptions = "yes"\n{RECIPE}', "exceptions is neither true nor false"),
        (RECIPE.replace(DIGEST, "latest"), "must pin its sources"),
        (RECIPE.replace("[commands]", "[commands"), "cannot be read"),
    ],
)
def test_a_faulty_recipe_is_named_with_its_fault(tmp_path: Path, wrong: str, text: str) -> None:
    with pytest.raises(BuildError, match=text):
        read_recipe(recipe_folder(tmp_path, wrong))


def test_recipes_and_bundles_are_found_by_their_files(tmp_path: Path) -> None:
    recipe_folder(tmp_path, name="two")
    recipe_folder(tmp_path, name="one")
    (tmp_path / "bundles" / "recipes" / "toolchain").mkdir()
    (tmp_path / "bundles" / "tools").mkdir()
    (tmp_path / "bundles" / "tools" / "bundle.toml").write_text(
        'version = "2.0"\nsummary = "s"\nrecipes = ["one", "two"]\n'
    )
    checkout = Checkout(tmp_path)
    assert [recipe.name for recipe in read_recipes(checkout)] == ["one", "two"]
    (bundle,) = read_bundles(checkout)
    assert (bundle.name, bundle.version, bundle.recipes) == ("tools", "2.0", ("one", "two"))


def test_a_checkout_without_bundles_has_none(tmp_path: Path) -> None:
    assert read_bundles(Checkout(tmp_path)) == []
    assert read_recipes(Checkout(tmp_path)) == []


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the machine's package mirrors hold, by address; apt's part is played with these."""
    held: dict[str, bytes] = {}

    def download(address: str, target: Path, sha256: str) -> bool:
        data = held.get(address)
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            return False
        target.write_bytes(data)
        return True

    monkeypatch.setattr(bundle_source, "_mirrors", lambda: ["http://a/x/", "http://b"])
    monkeypatch.setattr(bundle_source, "_download", download)
    return held


def get(root: Path) -> Path:
    return ensure_source(Checkout(root), SOURCE, Progress(io.StringIO()))


def test_a_source_comes_from_the_mirror_that_has_it_and_is_kept(
    tmp_path: Path, mirrors: dict[str, bytes]
) -> None:
    mirrors["http://a/x/pool/main/t/tool/tool_1.0.orig.tar.xz"] = b"another"
    mirrors["http://b/pool/main/t/tool/tool_1.0.orig.tar.xz"] = b"archive"
    assert get(tmp_path).read_bytes() == b"archive"
    mirrors.clear()
    assert get(tmp_path).read_bytes() == b"archive"


def test_a_kept_file_with_another_digest_is_not_used(tmp_path: Path, mirrors: dict[str, bytes]) -> None:
    mirrors["http://b/pool/main/t/tool/tool_1.0.orig.tar.xz"] = b"archive"
    get(tmp_path).write_bytes(b"damaged")
    assert get(tmp_path).read_bytes() == b"archive"


def test_a_source_that_no_mirror_has_is_asked_for_by_digest(
    tmp_path: Path, mirrors: dict[str, bytes]
) -> None:
    assert mirrors == {}
    with pytest.raises(BuildError, match=DIGEST):
        get(tmp_path)
