"""What the process benchmark works on, the same in every place. It runs in Pyodide too."""

import random
from pathlib import Path

__all__ = [
    "NEEDLE",
    "READ_BYTES",
    "SPLIT_BYTES",
    "TREE_FILES",
    "TREE_HITS",
    "tree_files",
    "write_workload",
]

TREE_FILES = 10_000
_FILES_IN_A_DIRECTORY = 100
READ_BYTES = 100_000_000
SPLIT_BYTES = 100
NEEDLE = "needle_in_the_tree"
_HIT_EVERY = 100
TREE_HITS = TREE_FILES // _HIT_EVERY
_WORDS = (
    "def",
    "return",
    "self",
    "value",
    "import",
    "for",
    "in",
    "if",
    "not",
    "None",
    "index",
    "path",
    "line",
)
_LINES = 1000


def tree_files() -> list[str]:
    """Paths of the tree's files, relative to where the workload lies."""
    return [
        f"tree/package_{number // _FILES_IN_A_DIRECTORY:03}/module_{number:05}.py"
        for number in range(TREE_FILES)
    ]


def write_workload(root: Path) -> None:
    """Write below `root`: `tree` with the sizes that source files have, `big`, and `pieces`, which is to be split."""
    generator = random.Random(3)
    lines = [" ".join(generator.choices(_WORDS, k=generator.randint(2, 12))) for _ in range(_LINES)]
    for number, name in enumerate(tree_files()):
        size = int(min(generator.lognormvariate(7.3, 0.8), 20_000))
        start = generator.randrange(_LINES)
        text = "\n".join(lines[start : start + size // 40 + 1])
        if number % _HIT_EVERY == 0:
            text += f"\n{NEEDLE} = {number}"
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{text}\n".encode())
    block = bytes(range(256)) * 4
    with (root / "big").open("wb") as file:
        for at in range(0, READ_BYTES, len(block) * 64):
            file.write((block * 64)[: READ_BYTES - at])
    (root / "pieces").write_bytes(b"x" * (TREE_FILES * SPLIT_BYTES))
