"""Formatting, lint, layers and types, as `build.py check` runs them: CI holds them too."""

from __future__ import annotations

import pytest

from satchel_build.check import Check, checks
from satchel_build.checkout import Checkout
from tests.support.checkout_files import ROOT

STATIC = [check for check in checks(Checkout(ROOT)) if check.name != "fast tests"]


@pytest.mark.slow
@pytest.mark.parametrize("check", STATIC, ids=lambda check: check.name)
def test_it_finds_nothing(check: Check) -> None:
    assert check.passes(), "what it found is in the output above"


def test_there_are_such_checks() -> None:
    assert len(STATIC) >= 6
