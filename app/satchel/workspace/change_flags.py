"""Changes a reviewer should look at twice, by what the path is for.

A file that instructs an agent, runs in continuous integration or is run by git has effects beyond its
content. The names are compared without case, since some of the file systems a commit may land on ignore it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from satchel.workspace.file_state import FileState

ChangeFlag: TypeAlias = Literal[
    "instructions", "ci", "git-hook", "git-internal", "executable", "link-outside", "policy"
]

_INSTRUCTION_NAMES = frozenset(
    {
        "agents.md", "agents.override.md", "claude.md", "claude.local.md", "gemini.md", "skill.md", ".cursorrules",
        ".windsurfrules", ".clinerules", "copilot-instructions.md",
    }
)  # fmt: skip
_INSTRUCTION_DIRECTORIES = frozenset({".cursor", ".claude", ".agents", ".clinerules", ".windsurf"})
_CI_NAMES = frozenset(
    {
        ".gitlab-ci.yml", ".travis.yml", "jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml",
        ".drone.yml", "appveyor.yml", ".appveyor.yml", "cloudbuild.yaml", ".woodpecker.yml",
    }
)  # fmt: skip
_CI_DIRECTORIES = (
    ".github/workflows",
    ".github/actions",
    ".circleci",
    ".ci",
    ".buildkite",
    ".gitea/workflows",
)
_HOOK_NAMES = frozenset({".pre-commit-config.yaml", "lefthook.yml", ".lefthook.yml", ".gitattributes"})
_HOOK_DIRECTORIES = (".git/hooks", ".githooks", ".husky")


def change_flags(
    path: str, before: FileState | None, after: FileState | None, target: str | None
) -> tuple[str, ...]:
    """The flags of a change at `path`, in a fixed order.

    `target` is the link's text when it became a link.
    """
    parts = path.casefold().split("/")
    flags: list[ChangeFlag] = []
    if parts[-1] in _INSTRUCTION_NAMES or _INSTRUCTION_DIRECTORIES.intersection(parts[:-1]):
        flags.append("instructions")
    if parts[-1] in _CI_NAMES or _is_below(parts, _CI_DIRECTORIES):
        flags.append("ci")
    if parts[-1] in _HOOK_NAMES or _is_below(parts, _HOOK_DIRECTORIES):
        flags.append("git-hook")
    if ".git" in parts or parts[-1] == ".gitmodules":
        flags.append("git-internal")
    if ".satchel" in parts:
        flags.append("policy")
    if after is not None and after.executable and not (before is not None and before.executable):
        flags.append("executable")
    if target is not None and _leads_outside(path, target):
        flags.append("link-outside")
    return tuple(flags)


def _is_below(parts: list[str], directories: tuple[str, ...]) -> bool:
    """Whether one of the directories is on the path, at any depth (a project may be a folder of projects)."""
    around = "/" + "/".join(parts[:-1]) + "/"
    return any(f"/{directory}/" in around for directory in directories)


def _leads_outside(path: str, target: str) -> bool:
    if target.startswith("/"):
        return True
    depth = path.count("/")
    for part in target.split("/"):
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return True
    return False
