"""What the site holds of the bundles, made from a small checkout with a module of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from satchel_build.bundle_command import committed_faults, run
from satchel_build.bundle_provenance import describe, packed, read_committed, write_committed
from satchel_build.bundle_recipe import Recipe, read_recipe
from satchel_build.bundle_site import copy_bundles
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from tests.unit.build.test_bundle_recipe import DIGEST, recipe_folder
from tests.unit.build.wasm_samples import module

DATA = module([("wasi_snapshot_preview1", "proc_exit", (("i32",), ()))])


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout with one bundle of one module."""
    root = tmp_path / "root"
    folder = recipe_folder(root)
    (folder / "build.sh").write_text("# builds it\n")
    (folder / "patches" / "one.patch").write_text("a patch\n")
    for name, text in {
        "bundles/recipes/toolchain/wcc": "# compiles\n",
        "bundles/include/satchel.h": "/* calls */\n",
        "bundles/tools/bundle.toml": 'version = "2.0"\nsummary = "tools"\nrecipes = ["tool"]\n',
        "requirements/toolchain.lock": "ziglang==1.2.3 --hash=sha256:00\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    checkout = Checkout(root)
    recipe = the_recipe(checkout)
    write_committed(checkout, recipe, DATA, describe(checkout, recipe, DATA))
    return checkout


def the_recipe(checkout: Checkout) -> Recipe:
    return read_recipe(checkout.root / "bundles" / "recipes" / "tool")


def test_the_index_tells_hosts_what_to_load_for_a_command(checkout: Checkout, tmp_path: Path) -> None:
    copy_bundles(checkout, tmp_path)
    assert json.loads((tmp_path / "bundles" / "index.json").read_text()) == {
        "v": 1,
        "bundles": [
            {
                "name": "tools",
                "version": "2.0",
                "licence": "MIT",
                "summary": "tools",
                "modules": [
                    {"path": "tools/tool.wasm", "sha256": hashlib.sha256(DATA).hexdigest(), "size": len(DATA)}
                ],
                "commands": [
                    {"name": "other", "module": 0, "argv0": "other", "summary": "do the other thing"},
                    {"name": "tool", "module": 0, "argv0": "tool", "summary": "do it"},
                ],
            }
        ],
    }
    assert (tmp_path / "bundles" / "tools" / "tool.wasm").read_bytes() == DATA


def test_the_source_is_offered_beside_the_module(checkout: Checkout, tmp_path: Path) -> None:
    copy_bundles(checkout, tmp_path)
    sources = tmp_path / "bundles" / "sources"
    named = {path.relative_to(sources).as_posix() for path in sources.rglob("*") if path.is_file()}
    assert named == {
        "SHA256SUMS",
        "include/satchel.h",
        "recipes/tool/SOURCE.txt",
        "recipes/tool/build.sh",
        "recipes/tool/patches/one.patch",
        "recipes/tool/provenance.json",
        "recipes/tool/recipe.toml",
        "recipes/toolchain/wcc",
        "toolchain.lock",
    }
    text = (sources / "recipes" / "tool" / "SOURCE.txt").read_text()
    assert DIGEST in text
    assert "pool/main/t/tool/tool_1.0.orig.tar.xz" in text
    for line in (sources / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((sources / name).read_bytes()).hexdigest() == digest


def test_a_checkout_without_bundles_gets_an_empty_index(tmp_path: Path) -> None:
    copy_bundles(Checkout(tmp_path / "nothing"), tmp_path)
    assert json.loads((tmp_path / "bundles" / "index.json").read_text()) == {"v": 1, "bundles": []}
    assert not (tmp_path / "bundles" / "sources").exists()


def test_equal_bundles_give_equal_sites(checkout: Checkout, tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        copy_bundles(checkout, tmp_path / name)
        site = tmp_path / name
        contents.append({p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()})
    assert contents[0] == contents[1]


def test_a_module_that_is_not_the_recorded_one_stops_the_build(checkout: Checkout, tmp_path: Path) -> None:
    (checkout.root / "bundles" / "tools" / "tool.wasm.gz").write_bytes(packed(DATA + b"\0\0"))
    with pytest.raises(BuildError, match="not the module that its record describes"):
        copy_bundles(checkout, tmp_path)


@pytest.mark.parametrize("damage", [b"", b"no gzip", packed(DATA)[:-9]], ids=["empty", "other", "cut"])
def test_a_damaged_module_stops_the_build(checkout: Checkout, tmp_path: Path, damage: bytes) -> None:
    (checkout.root / "bundles" / "tools" / "tool.wasm.gz").write_bytes(damage)
    with pytest.raises(BuildError, match=r"cannot be read|not the module"):
        copy_bundles(checkout, tmp_path)


def test_packing_has_no_time_and_no_name_in_it() -> None:
    assert packed(DATA) == packed(DATA)
    assert packed(DATA)[3:8] == b"\0\0\0\0\0"


@pytest.mark.parametrize(
    "name",
    [
        "bundles/recipes/tool/build.sh",
        "bundles/recipes/tool/patches/one.patch",
        "bundles/recipes/tool/recipe.toml",
        "bundles/recipes/toolchain/wcc",
        "bundles/include/satchel.h",
        "requirements/toolchain.lock",
    ],
)
def test_a_change_of_what_a_module_is_made_from_is_found(checkout: Checkout, name: str) -> None:
    recipe = the_recipe(checkout)
    assert committed_faults(checkout, recipe) == []
    with (checkout.root / name).open("a") as stream:
        stream.write("# changed\n")
    assert committed_faults(checkout, recipe) == [
        "was made from other files than the recipe and the toolchain have now"
    ]


@pytest.mark.parametrize(
    "edit", [{"licence": "none"}, {"toolchain": {"ziglang": "1.2.4"}}, {"more": 1}], ids=str
)
def test_a_record_that_was_edited_is_found(checkout: Checkout, edit: dict[str, object]) -> None:
    recipe = the_recipe(checkout)
    record = {**read_committed(checkout, recipe).record, **edit}
    write_committed(checkout, recipe, DATA, record)
    assert committed_faults(checkout, recipe) == ["is not what its record says"]


def test_a_record_names_the_compiler_of_the_lock(checkout: Checkout) -> None:
    assert read_committed(checkout, the_recipe(checkout)).record["toolchain"] == {"ziglang": "1.2.3"}
    (checkout.root / "requirements" / "toolchain.lock").write_text("other==1\n")
    with pytest.raises(BuildError, match=r"toolchain\.lock does not pin ziglang"):
        committed_faults(checkout, the_recipe(checkout))


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("tool.wasm.gz", packed(b"MZ"), r"tools/tool\.wasm\.gz is no module: it does not begin as"),
        ("tool.wasm.gz", packed(DATA[:-1]), "is no module: it ends in the middle"),
        ("tool.wasm.gz", packed(DATA)[:20] + b"\xff" * 20, "cannot be read"),
        ("tool.provenance.json", b"[]", r"cannot be read \(no JSON object\)"),
        ("tool.provenance.json", b"{", "cannot be read"),
    ],
)
def test_what_is_damaged_is_told_with_the_remedy(
    checkout: Checkout, name: str, content: bytes, text: str
) -> None:
    (checkout.root / "bundles" / "tools" / name).write_bytes(content)
    with pytest.raises(BuildError, match=text) as caught:
        committed_faults(checkout, the_recipe(checkout))
    assert "bundles --from-source --write tool`" in caught.value.remedy


def test_storing_without_building_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--write", "grep"])
    assert ended.value.code == 2
    assert "--write stores what --from-source builds; give both" in capsys.readouterr().err


def test_a_missing_module_is_said_to_be_missing(checkout: Checkout) -> None:
    shutil.rmtree(checkout.root / "bundles" / "tools")
    with pytest.raises(BuildError, match="cannot be read"):
        committed_faults(checkout, the_recipe(checkout))
