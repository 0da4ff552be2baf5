"""Directories that go into the tab and come back: all that POSIX knows of them arrives, and only what changed moves."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from satchel.base.jsonvalue import loads
from satchel.entry.directory_image import marks_of, read_image, write_image

pytestmark = pytest.mark.host_only("Pyodide's own file system has neither hard links nor nanoseconds")


def _make(root: Path) -> None:
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o711)
    (root / "a").write_bytes(b"alpha\0\xff")
    (root / "sub" / "b").write_bytes(b"beta")
    (root / "sub" / "b").chmod(0o755)
    (root / "link").symlink_to("nowhere/at all")
    os.utime(root / "a", ns=(1_000_000_000_123_456_789, 1_200_000_000_987_654_321))
    os.utime(root / "link", ns=(5, 7_000_000_001), follow_symlinks=False)
    os.utime(root / "sub", ns=(1, 2_000_000_003))


def _shown(root: Path) -> dict[str, object]:
    """All that is to be kept of a tree."""
    found: dict[str, object] = {}
    for path in sorted([root, *root.rglob("*")]):
        status = path.lstat()
        content: object = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        mode = 0 if path.is_symlink() else stat.S_IMODE(status.st_mode)
        found[str(path.relative_to(root))] = (stat.S_IFMT(status.st_mode), mode, status.st_mtime_ns, content)
    return found


@pytest.fixture
def here(tmp_path: Path) -> Path:
    root = tmp_path / "here"
    root.mkdir()
    _make(root)
    return root


@pytest.fixture
def there(tmp_path: Path, here: Path) -> Path:
    root = tmp_path / "there"
    root.mkdir()
    write_image(str(root), read_image(str(here)))
    return root


def test_an_image_keeps_content_modes_times_and_links(here: Path, there: Path) -> None:
    assert _shown(there) == _shown(here)


def test_what_became_of_the_copy_becomes_of_the_original(here: Path, there: Path) -> None:
    before = read_image(str(here))
    marks = marks_of(str(there))
    (there / "a").write_bytes(b"other")
    (there / "sub" / "b").unlink()
    (there / "sub" / "deep").rmdir()
    (there / "sub" / "new").mkdir()
    (there / "sub" / "new" / "c").write_bytes(b"gamma")
    (there / "link").unlink()
    (there / "link").symlink_to("a")
    (there / "empty").rmdir()
    (there / "empty").write_bytes(b"now a file")
    (there / "sub").chmod(0o500)
    write_image(str(here), read_image(str(there), marks), before)
    assert _shown(here) == _shown(there)
    (here / "sub").chmod(0o700)
    (there / "sub").chmod(0o700)


def test_what_did_not_change_travels_without_content(there: Path) -> None:
    marks = marks_of(str(there))
    (there / "a").write_bytes(b"alpha\0\xfe")
    os.utime(there / "a", ns=(1_000_000_000_123_456_789, 1_200_000_000_987_654_321))
    image = loads(read_image(str(there), marks))
    assert isinstance(image, list)
    moved = [entry["path"] for entry in image if isinstance(entry, dict) and "data" in entry]
    assert moved == ["a"], "its time was set back, but its content is another"


def test_hard_links_stay_one_file(here: Path, tmp_path: Path) -> None:
    os.link(here / "a", here / "sub" / "twin")
    copy = tmp_path / "copy"
    copy.mkdir()
    write_image(str(copy), read_image(str(here)))
    assert (copy / "a").stat().st_ino == (copy / "sub" / "twin").stat().st_ino
    before, marks = read_image(str(here)), marks_of(str(copy))
    (copy / "sub" / "twin").write_bytes(b"both")
    write_image(str(here), read_image(str(copy), marks), before)
    assert (here / "a").read_bytes() == b"both"
    assert (here / "a").stat().st_ino == (here / "sub" / "twin").stat().st_ino


def test_files_made_by_others_meanwhile_are_left_alone(here: Path, there: Path) -> None:
    before = read_image(str(here))
    (here / "sub" / "stranger").write_bytes(b"mine")
    (there / "sub" / "b").unlink()
    (there / "sub" / "deep").rmdir()
    (there / "sub").rmdir()
    write_image(str(here), read_image(str(there)), before)
    assert (here / "sub" / "stranger").read_bytes() == b"mine"
    assert not (here / "sub" / "b").exists()


def test_a_link_in_the_way_is_replaced_and_not_followed(here: Path, there: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"untouched")
    before = read_image(str(here))
    (there / "link").unlink()
    (there / "link").write_bytes(b"a file now")
    (here / "link").unlink()
    (here / "link").symlink_to(outside)
    write_image(str(here), read_image(str(there)), before)
    assert outside.read_bytes() == b"untouched"
    assert (here / "link").read_bytes() == b"a file now"


def test_names_that_are_no_text_arrive(tmp_path: Path) -> None:
    here, there = tmp_path / "x", tmp_path / "y"
    here.mkdir()
    there.mkdir()
    name = b"caf\xe9"
    try:
        (here / os.fsdecode(name)).write_bytes(b"1")
    except OSError:
        pytest.skip("this file system takes text only")
    write_image(str(there), read_image(str(here)))
    assert os.listdir(os.fsencode(there)) == [name]
