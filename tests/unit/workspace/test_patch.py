"""Patches are taken by real `git apply` and give the workspace back byte for byte, forwards and in reverse."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.adapters.memory.folder import MemoryFolder
from satchel.workspace.patch import write_patch
from satchel.workspace.project import Project
from tests.support.samples import examples
from tests.unit.workspace.projects import Patient, folder_of, import_folder, open_project, tree

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
    pytest.mark.host_only("runs git"),
]

BASE: dict[str, bytes | str] = {
    "text": b"".join(b"line %d\n" % number for number in range(60)),
    "dos": b"one\r\ntwo\r\nthree\r\n",
    "no newline": b"first\nlast",
    "binary": bytes(range(256)) * 20,
    'sp ace/q"uote\\back': b"odd\n",
    "tab\tnew\nline": b"odder\n",
    "\u00fcml\u00e4ut/\U0001f9f3": b"unicode\n",
    "\udcff\udcfe": b"not utf-8\n",
    "empty": b"",
    "run.sh": b"#!/bin/sh\n",
    "link": "text",
    "becomes link": b"soon a link\n",
    "becomes file": "text",
    "moved": b"moves as it is\n" * 3,
    "latin1": b"caf\xe9\nth\xe9\n",
    "form\x0cfeed": b"a\x0cb\rc\n",
}


def edit(project: Project) -> None:
    files = project.files
    files.write_bytes("text", b"start\n" + files.read_bytes("text").replace(b"line 30\n", b"") + b"end")
    files.write_bytes("dos", b"one\r\n2\r\nthree\r\nfour\n")
    files.write_bytes("no newline", b"first\nlast\n")
    files.write_bytes("binary", b"\0" + files.read_bytes("binary")[::-1])
    files.write_bytes("new binary", b"\0" * 5000 + b"\xff")
    files.write_bytes('sp ace/q"uote\\back', b"odd\nmore\n")
    files.write_bytes("tab\tnew\nline", b"")
    files.rename("\u00fcml\u00e4ut/\U0001f9f3", "\u00fcml\u00e4ut/\u202e renamed")
    files.write_bytes("\udcff\udcfe", b"still not\n")
    files.remove_file("empty")
    files.write_bytes("new empty", b"")
    files.set_mode("run.sh", 0o755)
    files.remove_file("link")
    files.make_symlink("link", "dos")
    files.remove_file("becomes link")
    files.make_symlink("becomes link", "text")
    files.remove_file("becomes file")
    files.write_bytes("becomes file", b"now a file\n")
    files.make_directory("deep/er", create_parents=True)
    files.rename("moved", "deep/er/moved")
    files.set_mode("deep/er/moved", 0o755)
    files.write_bytes("latin1", b"caf\xe9\nth\xe9 vert\n")
    files.write_bytes("form\x0cfeed", b"a\x0cB\rc\n")
    files.write_bytes("new script", b"#!/bin/sh\n")
    files.set_mode("new script", 0o755)


def apply(patch: bytes, root: Path, *options: str) -> None:
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", *options],
        input=patch,
        cwd=root,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode() + patch.decode("utf-8", "replace")


async def check(project: Project, place: Path) -> bytes:
    """Apply the patch of everything to a copy of the base, then take it back."""
    changeset = await project.changeset(Patient())
    patch = write_patch(project, changeset, [change.path for change in changeset.changes])
    copy = place / "copy"
    base = f"{project.storage.root}/base"
    shutil.copytree(base, copy, symlinks=True)
    if patch:
        apply(patch, copy)
    assert executable_bits(tree(copy)) == executable_bits(tree(project.workspace_directory))
    if patch:
        apply(patch, copy, "--reverse")
    assert executable_bits(tree(copy)) == executable_bits(tree(base))
    return patch


def executable_bits(found: dict[str, tuple[str, int, bytes]]) -> dict[str, tuple[str, bool, bytes]]:
    """The tree as git sees it: of the mode only the executable bit."""
    return {path: (kind, bool(mode & 0o100), content) for path, (kind, mode, content) in found.items()}


async def test_every_kind_of_change(tmp_path: Path) -> None:
    project = open_project(tmp_path / "root")
    await import_folder(project, folder_of(BASE))
    edit(project)
    patch = await check(project, tmp_path)
    assert b"rename from" in patch
    assert b"GIT binary patch" in patch
    assert b"\\ No newline at end of file" in patch


async def test_only_what_was_accepted(tmp_path: Path) -> None:
    project = open_project(tmp_path / "root")
    await import_folder(project, folder_of({"a": b"1\n", "b": b"1\n"}))
    project.files.write_bytes("a", b"2\n")
    project.files.write_bytes("b", b"2\n")
    patch = write_patch(project, await project.changeset(Patient()), ["b"])
    assert b"a/b b/b" in patch
    assert b"a/a" not in patch


async def test_a_plain_edit_is_the_patch_that_git_makes(tmp_path: Path) -> None:
    project = open_project(tmp_path / "root")
    await import_folder(project, folder_of({"dir/a file": b"".join(b"%d\n" % n for n in range(40))}))
    content = project.files.read_bytes("dir/a file").replace(b"7\n", b"seven\n", 1).replace(b"33\n", b"")
    project.files.write_bytes("dir/a file", content)
    patch = write_patch(project, await project.changeset(Patient()), ["dir/a file"])
    git = subprocess.run(
        ["git", "diff", "--no-index", "--full-index", "base", "workspace"],
        cwd=project.storage.root, capture_output=True, check=False,
    ).stdout  # fmt: skip
    git = git.replace(b"a/base/", b"a/").replace(b"b/workspace/", b"b/")
    without_function_names = b"\n".join(
        line[: line.rindex(b"@@") + 2] if line.startswith(b"@@") else line for line in git.split(b"\n")
    )
    assert patch == without_function_names


lines = st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n", b"d", b" x\n", b"-y\n", b"@@\n", b"\xff\n"])
texts = st.lists(lines, max_size=30).map(b"".join)
names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: name not in (".", "..") and name.lower() not in (".git", ".gitignore"))


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(st.tuples(names, st.none() | texts, st.none() | texts), max_size=4, unique_by=lambda row: row[0])
)
def test_generated_edits(rows: list[tuple[str, bytes | None, bytes | None]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = MemoryFolder()
        for name, before, _ in rows:
            if before is not None:
                folder.put(name, before)

        async def run() -> None:
            project = open_project(Path(place) / "root")
            await import_folder(project, folder)
            for name, _, after in rows:
                if after is not None:
                    project.files.write_bytes("/workspace/" + name, after)
                elif project.files.exists("/workspace/" + name):
                    project.files.remove_file("/workspace/" + name)
            await check(project, Path(place))

        asyncio.run(run())
