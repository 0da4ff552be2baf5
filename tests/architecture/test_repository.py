"""Rules about the repository as a whole: what must not be in it, and that its documents speak of things that exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.checkout_files import ROOT, project_files, text

_BINARY = frozenset({".png", ".gz", ".wasm", ".zip", ".ico", ".woff2"})
_READ_BY_PEOPLE = [path for path in project_files() if path.suffix not in _BINARY]
# A lock file without hosts installs from any mirror; a path of somebody's machine is wrong on every other one.
_REGISTRIES = re.compile(
    r"pypi\.(?:org|python\.org)|files\.pythonhosted|registry\.npmjs|registry\.yarnpkg|cdn\.jsdelivr|unpkg\.com"
)
_MACHINE_PATHS = re.compile(
    r"(?<![\w.$}/~-])/(?:root|Users/\w+|home/(?!user\b|other\b)\w+|work/\w+|opt/\w{1,2}/)"
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FOLDERS = ("app/", "worker/", "static/", "tests/", "docs/", "bundles/", "requirements/")
_DOCUMENTS = [path for path in project_files() if path.suffix == ".md"]


@pytest.mark.parametrize("pattern", [_REGISTRIES, _MACHINE_PATHS], ids=["registries", "machine paths"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    this = Path(__file__).resolve().relative_to(ROOT)
    offenders = [
        f"{path}: {match[0]}"
        for path in _READ_BY_PEOPLE
        if path != this
        for match in [pattern.search(text(path))]
        if match
    ]
    assert offenders == []


def test_patterns_match_what_they_are_for() -> None:
    assert _REGISTRIES.search("https://pypi.org/simple")
    for path in ("/root/x", "open('/home/jane/x')", "/Users/jane"):
        assert _MACHINE_PATHS.search(path), path
    for path in ("/home/user", "${ROOT}/root", "a/root/b", "/workspace"):
        assert not _MACHINE_PATHS.search(path), path


@pytest.mark.parametrize("document", _DOCUMENTS, ids=str)
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in _LINK.findall(text(document)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / document.parent / name).resolve() if name else ROOT / document
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_paths_in_documents_exist() -> None:
    """A path in backticks that begins with a folder of this repository is there."""
    named = {
        (document, path)
        for document in _DOCUMENTS
        for path in re.findall(r"`([\w./-]+)`", text(document))
        if path.startswith(_FOLDERS)
    }
    assert named, "no document names a path"
    assert sorted(f"{document}: {path}" for document, path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize(
    "command", sorted({*re.findall(r"python3 (build\.py \w+)", text(Path("README.md")))})
)
def test_build_commands_of_the_readme_exist(command: str) -> None:
    script, name = command.split()
    answer = subprocess.run(
        [sys.executable, script, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert re.search(rf"^\s+{name}\s", answer.stdout, re.MULTILINE)


def test_readme_starts_with_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)\n```", text(Path("README.md")), re.DOTALL)
    assert blocks[:2] == ["python3 serve.py", "python3 build.py test"]
    assert (ROOT / "serve.py").is_file()


def test_changelog_knows_the_version() -> None:
    version = tomllib.loads(text(Path("pyproject.toml")))["project"]["version"]
    headings = re.findall(r"^## \[([^\]]+)\]", text(Path("CHANGELOG.md")), re.MULTILINE)
    assert headings, "CHANGELOG.md has no release heading"
    # Before its first release a version is the unreleased one.
    released = [heading for heading in headings if heading != "Unreleased"]
    assert version in released if released else headings == ["Unreleased"]
    assert json.loads(text(Path("package.json")))["version"] == version


def test_licence_files_are_whole() -> None:
    assert "Apache License" in text(Path("LICENSE"))
    assert "Copyright" in text(Path("NOTICE"))
    assert tomllib.loads(text(Path("pyproject.toml")))["project"]["license"] == "Apache-2.0"
