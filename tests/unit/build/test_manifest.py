"""The build manifest and the test of a site against it."""

import hashlib
import json
from pathlib import Path

import pytest

from satchel_build.manifest import MANIFEST_NAME, read_manifest, site_is_whole, write_manifest


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two files with its manifest."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "page.js").write_bytes(b"let a;")
    (tmp_path / "sub" / "x.wasm").write_bytes(b"\0asm")
    write_manifest(tmp_path, "id-1")
    return tmp_path


def test_it_lists_every_file_but_itself_with_digest_and_size(site: Path) -> None:
    assert json.loads((site / MANIFEST_NAME).read_text()) == {
        "id": "id-1",
        "files": {
            "page.js": {"sha256": hashlib.sha256(b"let a;").hexdigest(), "size": 6},
            "sub/x.wasm": {"sha256": hashlib.sha256(b"\0asm").hexdigest(), "size": 4},
        },
    }


def test_a_site_as_it_was_built_is_whole(site: Path) -> None:
    manifest = read_manifest(site)
    assert manifest is not None
    assert manifest.build_id == "id-1"
    assert site_is_whole(site, manifest)


@pytest.mark.parametrize(
    "damage",
    [lambda site: (site / "page.js").unlink(), lambda site: (site / "sub" / "x.wasm").write_bytes(b"\0as")],
    ids=["a file is gone", "a file is cut short"],
)
def test_a_damaged_site_is_not_whole(site: Path, damage: object) -> None:
    manifest = read_manifest(site)
    assert manifest is not None
    damage(site)  # type: ignore[operator]
    assert not site_is_whole(site, manifest)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"id": 1, "files": []}', '{"id": "a", "files": {"x": {}}}']
)
def test_an_unreadable_manifest_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST_NAME).write_text(text)
    assert read_manifest(tmp_path) is None
