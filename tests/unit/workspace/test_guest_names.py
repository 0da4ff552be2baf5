"""Hostile and odd names, and what GuestFiles does to whole directories."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.workspace import errors
from satchel.workspace.guest_files import GuestFiles
from satchel.workspace.guest_path import byte_order, shown
from tests.support.samples import examples

MOUNTS = {"/workspace": "workspace", "/tmp": "tmp", "/home/user": "home/user"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for directory in MOUNTS.values():
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "outside").write_bytes(b"not the guest's")
    return tmp_path


@pytest.fixture
def files(root: Path) -> GuestFiles:
    return GuestFiles({guest: str(root / host) for guest, host in MOUNTS.items()})


POSSIBLE = [
    "\u202egpj.exe", "\u200b", "\U0001f9f3", "e\u0301", "\u00e9", "line\nbreak", "tab\t", "back\\slash",
    "..\\..\\outside",
    "C:\\x", " ", " leading", "trailing ", "...", "..a", "-rf", "*", "?", "[a]", "~", "$HOME", "`id`", ";",
    "'", '"', "CON",
    "a" * 255, "\u00e9" * 127, "%2e%2e", "\x01", "\x7f", "\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("name", POSSIBLE)
def test_odd_names_are_ordinary(files: GuestFiles, root: Path, name: str) -> None:
    path = f"/workspace/d/{name}"
    files.write_bytes(path, name.encode())
    assert files.read_bytes(path) == name.encode()
    assert files.canonical(path) == path
    assert [entry.name for entry in files.list_directory("d")] == [name]
    assert [entry.path for entry in files.walk("d")] == [path]
    files.rename(path, f"/workspace/{name}")
    assert os.listdir(root / "workspace" / "d") == []
    files.remove_tree(f"/workspace/{name}")
    assert (root / "outside").read_bytes() == b"not the guest's"


IMPOSSIBLE = [
    "",
    "nul\0byte",
    "a" * 256,
    "\u00e9" * 128,
    "/workspace/" + "d/" * 3000 + "x",
    "\ud800",
    "x\udfffy",
]


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_impossible_names_are_refused_everywhere(files: GuestFiles, path: str) -> None:
    for action in (
        files.canonical, files.read_bytes, files.stat, files.list_directory, files.make_directory, files.remove_file,
        files.remove_tree, files.read_link,
    ):  # fmt: skip
        with pytest.raises(errors.NameInvalidError):
            action(path)
    with pytest.raises(errors.NameInvalidError):
        files.write_bytes(path, b"")
    with pytest.raises(errors.NameInvalidError):
        files.make_symlink("link", path if "\0" in path or not path else "\0")
    assert not files.exists(path)


@pytest.mark.skipif(sys.platform == "emscripten", reason="such names are refused there")
def test_names_that_are_not_utf8(files: GuestFiles) -> None:
    files.write_bytes("\udcff\udcfe", b"x")
    assert [entry.name for entry in files.list_directory("/workspace")] == ["\udcff\udcfe"]


@pytest.mark.skipif(sys.platform != "emscripten", reason="only the browser's file system is of this kind")
def test_names_that_are_not_utf8_never_share_a_file(files: GuestFiles) -> None:
    with pytest.raises(errors.NameInvalidError):
        files.write_bytes("\udcff", b"x")


def test_names_that_differ_in_case_or_form_are_two(files: GuestFiles) -> None:
    for name in ("readme", "README", "\u00e9", "e\u0301"):
        files.write_bytes(name, name.encode())
    names = [entry.name for entry in files.list_directory("/workspace")]
    assert names == ["README", "e\u0301", "readme", "\u00e9"]
    assert files.read_bytes("README") == b"README"


@settings(max_examples=examples(200), deadline=None)
@given(st.text(st.sampled_from("abcd./\\ \u00e9\0~"), max_size=40))
def test_no_path_reaches_what_is_beside_the_mounts(
    tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    root = tmp_path_factory.getbasetemp() / "names"
    (root / "workspace" / "a").mkdir(parents=True, exist_ok=True)
    (root / "b").mkdir(exist_ok=True)
    (root / "c").write_bytes(b"secret")
    for link, target in (("d", ".."), ("a/d", "../../..")):
        if not os.path.lexists(root / "workspace" / link):
            os.symlink(target, root / "workspace" / link)
    files = GuestFiles({"/workspace": str(root / "workspace")})
    try:
        canonical = files.canonical(path)
    except errors.WorkspaceError:
        return
    assert canonical == "/" or canonical == "/workspace" or canonical.startswith("/workspace/")
    assert files.canonical(canonical) == canonical
    if files.exists(path) and files.stat(path).kind == "file":
        assert files.read_bytes(path) != b"secret"


def test_walk_is_depth_first_in_byte_order_and_follows_no_link(files: GuestFiles) -> None:
    for path in ("b/x", "a.txt", "a/z", "a/\u00e9", "a/Z"):
        files.write_bytes(path, b"")
    files.make_symlink("a/up", "..")
    files.make_symlink("c", "a")
    found = [(entry.path.removeprefix("/workspace/"), entry.stat.kind) for entry in files.walk()]
    assert found == [
        ("a", "directory"), ("a/Z", "file"), ("a/up", "symlink"), ("a/z", "file"), ("a/\u00e9", "file"),
        ("a.txt", "file"), ("b", "directory"), ("b/x", "file"), ("c", "symlink"),
    ]  # fmt: skip
    assert [entry.path for entry in files.walk("c")] == [
        f"/workspace/a/{name}" for name in ("Z", "up", "z", "\u00e9")
    ]


def test_walk_from_the_guests_root(files: GuestFiles) -> None:
    files.write_bytes("/tmp/t", b"")
    assert [entry.path for entry in files.walk("/")] == [
        "/home",
        "/home/user",
        "/tmp",
        "/tmp/t",
        "/workspace",
    ]
    assert [entry.name for entry in files.list_directory("/")] == ["home", "tmp", "workspace"]
    assert files.stat("/home").kind == "directory"


def test_walk_of_a_file_and_of_nothing(files: GuestFiles) -> None:
    files.write_bytes("f", b"")
    with pytest.raises(errors.DirectoryExpectedError):
        list(files.walk("f"))
    with pytest.raises(errors.NotFoundError):
        list(files.walk("nowhere"))


def test_removing_a_tree_removes_links_and_not_what_they_lead_to(files: GuestFiles, root: Path) -> None:
    files.write_bytes("/tmp/kept", b"")
    files.write_bytes("d/e/f", b"")
    files.make_symlink("d/to-tmp", "/tmp")
    os.symlink(root, root / "workspace" / "d" / "to-host")
    files.remove_tree("d")
    assert files.exists("/tmp/kept")
    assert (root / "outside").exists()
    assert files.list_directory("/workspace") == []


@pytest.mark.parametrize("path", ["/", "/home", "/workspace", "/workspace/", "/tmp/..", "/home/user"])
def test_mounts_themselves_cannot_be_taken_away(files: GuestFiles, path: str) -> None:
    files.write_bytes("kept", b"")
    for action in (files.remove_tree, lambda where: files.rename(where, "/workspace/x")):
        with pytest.raises(errors.WorkspaceError):
            action(path)
    with pytest.raises(errors.WorkspaceError):
        files.rename("kept", path)
    with pytest.raises(errors.WorkspaceError):
        files.write_bytes(path, b"")
    assert files.exists("/workspace/kept")


def test_renaming(files: GuestFiles) -> None:
    files.write_bytes("d/a", b"1")
    files.rename("d", "/tmp/moved")
    assert files.read_bytes("/tmp/moved/a") == b"1"
    with pytest.raises(errors.WorkspaceError, match="into itself"):
        files.rename("/tmp/moved", "/tmp/moved/inner")
    with pytest.raises(errors.NotFoundError, match="/workspace/no"):
        files.rename("/tmp/moved/a", "/workspace/no/a")
    with pytest.raises(errors.NotFoundError):
        files.rename("gone", "x")


def test_directories(files: GuestFiles) -> None:
    files.make_directory("a")
    with pytest.raises(errors.AlreadyExistsError):
        files.make_directory("a")
    files.make_directory("a", exist_ok=True)
    with pytest.raises(errors.NotFoundError):
        files.make_directory("x/y")
    files.make_directory("x/y/z", create_parents=True)
    files.write_bytes("f", b"")
    with pytest.raises(errors.AlreadyExistsError):
        files.make_directory("f", exist_ok=True)
    with pytest.raises(errors.NotAFileError):
        files.remove_file("a")
    with pytest.raises(errors.NotAFileError):
        files.read_bytes("a")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plain é 日本", "plain é 日本"),
        ("a\nb", "a\\x0ab"),
        ("\u202egpj", "\\u202egpj"),
        ("\udcff", "\\xff"),
        ("\0", "\\x00"),
    ],
)
def test_names_are_shown_so_that_none_passes_for_another(name: str, safe: str) -> None:
    assert shown(name) == safe


def test_byte_order_is_that_of_the_bytes() -> None:
    names = ["\U0001f9f3", "\udcff", "\uffff", "z", "Z", "\u00e9"]
    assert sorted(names, key=byte_order) == ["Z", "z", "\u00e9", "\uffff", "\U0001f9f3", "\udcff"]
