"""Projects for tests: this repository itself, and generated ones whose content a seed decides."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from tests.support.checkout_files import ROOT, project_files

_WORDS = ("packing", "order", "label", "parcel", "weight", "route", "customs", "depot", "invoice", "carrier")


def copy_repository(destination: Path) -> int:
    """Copy the files of this repository, a real project of several hundred files; returns how many."""
    for path in project_files():
        (destination / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, destination / path)
    return len(project_files())


def write_generated_project(destination: Path, seed: int, files: int = 40) -> list[str]:
    """Write a small Python project with things worth improving in it; returns the paths, sorted.

    The same seed writes the same bytes. There are misspelled comments, comparisons with None by `==`, trailing blanks
    and missing final newlines in it, in other places with every seed.
    """
    generator = random.Random(seed)
    package = generator.choice(_WORDS)
    content = {
        "README.md": f"# {package.title()}\n\nPlans the {generator.choice(_WORDS)} of each {package}.\n"
    }
    content[".gitignore"] = "build/\n*.log\n"
    content["build/out.txt"] = "not for import\n"
    for number in range(files - len(content)):
        folder = generator.choice(_WORDS)
        content[f"{package}/{folder}/module_{number:03}.py"] = _module(generator, number)
    for path, source in content.items():
        (destination / path).parent.mkdir(parents=True, exist_ok=True)
        (destination / path).write_text(source)
    return sorted(content)


def _module(generator: random.Random, number: int) -> str:
    noun = generator.choice(_WORDS)
    flaw = generator.choice(("spelling", "none", "blanks", "newline", ""))
    comment = "# Recieve the next one." if flaw == "spelling" else "# Receive the next one."
    test = "==" if flaw == "none" else "is"
    blanks = "   " if flaw == "blanks" else ""
    source = (
        f'"""Module {number}: {noun}."""\n\n\ndef next_{noun}(given):\n    {comment}{blanks}\n'
        f"    if given {test} None:\n        return {number}\n    return given + {number}\n"
    )
    return source.rstrip("\n") if flaw == "newline" else source
