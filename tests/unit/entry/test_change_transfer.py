"""Changes packed from one copy of a workspace and made in another."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import example, given, settings

from satchel.base.jsonvalue import dumps, loads
from satchel.entry.change_transfer import apply_changes, pack_changes
from satchel.workspace.project import Project
from tests.support.samples import examples
from tests.unit.workspace.projects import Patient, folder_of, import_folder, open_project, tree
from tests.unit.workspace.test_commit_properties import bases, edit_project, edits


async def apply(there: Project, here: Project) -> None:
    packed = loads(dumps(pack_changes(await there.changeset(Patient()), there)))
    assert isinstance(packed, dict)
    apply_changes(here.files, packed)


def twins(place: Path, files: dict[str, bytes | str]) -> tuple[Project, Project]:
    """The same project twice."""
    made = [open_project(place / name) for name in ("there", "here")]
    for project in made:
        asyncio.run(import_folder(project, folder_of(files)))
    return made[0], made[1]


def test_a_file_takes_the_place_of_a_directory_and_the_reverse(tmp_path: Path) -> None:
    there, here = twins(tmp_path, {"d/e/x": b"x", "f": b"f", "g/y": b"y", "link": "g"})
    there.files.remove_tree("d")
    there.files.write_bytes("d", b"a file now")
    there.files.remove_file("f")
    there.files.write_bytes("f/deep/z", b"z")
    there.files.remove_file("link")
    there.files.write_bytes("link/y", b"not through the link")
    asyncio.run(apply(there, here))
    assert tree(here.workspace_directory) == tree(there.workspace_directory)
    assert here.files.read_bytes("g/y") == b"y"


@settings(max_examples=examples(60), deadline=None)
@given(bases, edits)
@example({"d/a": "a"}, [("rename", "d", "a", b"", 0o644)])
def test_both_copies_become_the_same(tmp_path_factory, base: dict[str, bytes | str], steps: list) -> None:
    there, here = twins(tmp_path_factory.mktemp("twins"), base)
    edit_project(there, steps)
    asyncio.run(apply(there, here))
    assert tree(here.workspace_directory) == tree(there.workspace_directory)
    assert asyncio.run(here.changeset(Patient())).digest == asyncio.run(there.changeset(Patient())).digest
