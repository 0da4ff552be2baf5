"""The directories and record files of a project root, the same for every kind of storage.

A project's name and times are not among them: a `ProjectStore` keeps those beside the root, where it can list them
without opening anything.
"""

from __future__ import annotations

import os

from satchel.workspace.errors import from_os_error
from satchel.workspace.host_tree import make_directory

WORKSPACE_TREE = "workspace"
BASE_TREE = "base"
BASE_RECORD = "meta/base.json"
STAT_RECORD = "meta/stat.json"
COMMIT_RECORD = "meta/commit.json"
COMMIT_CONTENTS = "meta/commit"
GUEST_MOUNTS = {"/workspace": WORKSPACE_TREE, "/tmp": "tmp", "/home/user": "home/user"}
_DIRECTORIES = (WORKSPACE_TREE, "tmp", "home", "home/user", "meta")


def make_layout(root: str) -> None:
    """Make the directories that are missing below an existing root. `base/` comes with the first import."""
    for directory in _DIRECTORIES:
        host = f"{root}/{directory}"
        if not os.path.isdir(host):
            try:
                make_directory(host)
            except OSError as error:
                raise from_os_error(error, f"The project directory {directory}") from error


def has_import(root: str) -> bool:
    """Whether an import into this root was completed."""
    return os.path.lexists(f"{root}/{BASE_RECORD}")
