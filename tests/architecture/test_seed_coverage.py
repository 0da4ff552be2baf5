"""`docs/seed-coverage.md` is whole: every row of the feature list, with tests that exist or the issue that owes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.checkout_files import ROOT, text

DOCUMENT = Path("docs/seed-coverage.md")
# Versions of the predecessor's plans and their number of rows.
ROWS_OF_VERSION = {1: 13, 2: 10, 3: 7, 4: 8, 5: 3, 6: 6, 7: 5, 8: 7, 9: 5, 10: 7, 11: 6, 12: 5}
ROW_IDS = [f"v{version}-{row:02}" for version, rows in ROWS_OF_VERSION.items() for row in range(rows)]
# What `DESIGN` replaces of the plans' formats.
REPLACED_FORMATS = {
    "event names and fields",
    "event envelope",
    "session store",
    "session index",
    "session id",
    "browser persistence",
    "shadow workspace",
    "changeset",
    "bundle manifest signature",
    "bundle cache in the browser",
    "permission grants",
    "environment names",
}
_OWED = re.compile(r"owed: issue [2-7]\b")
_TEST_ID = re.compile(r"`(tests/[\w./-]+(?:::\w+)?)`")


def _table(heading: str) -> list[list[str]]:
    section = text(DOCUMENT).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def _broken_test_ids(cell: str) -> list[str]:
    broken = []
    for test_id in _TEST_ID.findall(cell):
        name, _, function = test_id.partition("::")
        path = ROOT / name
        if not path.exists() or (function and not re.search(rf"def {function}\b", path.read_text())):
            broken.append(test_id)
    return broken


FEATURES = {row[0]: row for row in _table("Features")}
FORMATS = {row[0]: row for row in _table("Formats")}


def test_every_row_is_there_once_and_in_order() -> None:
    assert [row[0] for row in _table("Features")] == ROW_IDS


def test_defences_of_the_threat_model_name_tests_that_exist() -> None:
    rows = [line for line in text(Path("docs/threat-model.md")).splitlines() if line.count(" | ") == 3]
    assert len(rows) > 10
    assert [broken for row in rows for broken in _broken_test_ids(row)] == []
    # The first row is the heading.
    assert [row for row in rows[1:] if not _TEST_ID.search(row) and "owed" not in row] == []


@pytest.mark.parametrize("row", FEATURES.values(), ids=FEATURES)
def test_row_names_its_place_and_its_tests_or_who_owes_it(row: list[str]) -> None:
    _, what, where, proof = row
    assert what
    assert where
    assert _broken_test_ids(proof) == []
    assert _TEST_ID.search(proof) or _OWED.search(proof), proof
    assert bool(_OWED.search(proof)) == ("owed" in proof), "owed is written `owed: issue N`"


def test_every_replaced_format_is_there_once() -> None:
    assert len(_table("Formats")) == len(FORMATS)
    assert set(FORMATS) == REPLACED_FORMATS


@pytest.mark.parametrize("row", FORMATS.values(), ids=FORMATS)
def test_format_says_what_became_of_it_and_why(row: list[str]) -> None:
    _, decision, why, proof = row
    assert decision.startswith(("kept", "replaced by "))
    assert why
    assert _broken_test_ids(proof) == []
    assert _TEST_ID.search(proof) or _OWED.search(proof), proof
