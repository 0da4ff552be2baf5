"""Digests of inputs and their memory."""

import os
import time
from pathlib import Path

import pytest

from satchel_build.digests import DigestCache, text_digest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small tree whose files are old enough to be remembered."""
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    for name, text in (("a.txt", "one"), ("sub/b.txt", "two")):
        (folder / name).write_text(text)
    return folder


def make_cache(root: Path) -> DigestCache:
    return DigestCache(root, root.parent / "memory.json")


def files_of(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def settle(monkeypatch: pytest.MonkeyPatch, seconds: int = 60) -> None:
    """Let the clock run on, so that files count as settled."""
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + seconds * 1_000_000_000)


def test_parts_of_a_text_digest_do_not_run_together() -> None:
    assert text_digest("ab", "c") != text_digest("a", "bc") != text_digest("abc")


def test_the_order_of_the_files_does_not_matter(root: Path) -> None:
    files = files_of(root)
    assert make_cache(root).tree_digest(files) == make_cache(root).tree_digest(reversed(files))


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "a.txt").write_text("1ne"),
        lambda root: (root / "a.txt").rename(root / "c.txt"),
        lambda root: (root / "c.txt").write_text(""),
        lambda root: (root / "a.txt").unlink(),
    ],
    ids=["content of the same length", "name", "another file", "one file less"],
)
def test_every_change_of_the_tree_changes_its_digest(root: Path, change: object) -> None:
    before = make_cache(root).tree_digest(files_of(root))
    change(root)  # type: ignore[operator]
    assert make_cache(root).tree_digest(files_of(root)) != before


def test_an_unchanged_file_is_not_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)
    cache = make_cache(root)
    before = cache.tree_digest(files_of(root))
    cache.save()
    monkeypatch.setattr("satchel_build.digests.file_digest", lambda path: pytest.fail(f"{path} was read"))
    assert make_cache(root).tree_digest(files_of(root)) == before


def test_a_change_that_keeps_size_and_time_is_seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)
    path = root / "a.txt"
    cache = make_cache(root)
    before, status = cache.digest(path), path.stat()
    cache.save()
    path.write_text("eno")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert make_cache(root).digest(path) != before


def test_a_file_that_just_changed_is_not_remembered(root: Path) -> None:
    cache = make_cache(root)
    cache.tree_digest(files_of(root))
    cache.save()
    assert not (root.parent / "memory.json").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"a.txt": 7}', '{"a.txt": [1, 2, 3]}', "\0"])
def test_a_damaged_memory_is_an_empty_one(root: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)
    expected = make_cache(root).tree_digest(files_of(root))
    (root.parent / "memory.json").write_text(damage)
    cache = make_cache(root)
    assert cache.tree_digest(files_of(root)) == expected
    cache.save()
    assert make_cache(root).tree_digest(files_of(root)) == expected
