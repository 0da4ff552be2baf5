"""The project behind "try it with a sample": small, real, and with flaws left in for an agent to find.

It is packed as a zip archive in memory and taken in by the same import as any other archive.
"""

from __future__ import annotations

import io
import zipfile

SAMPLE_NAME = "tide-table"

_README = """\
# tide-table

Prints the tides of a harbour for one day, from a small table of harmonic constants.

    python -m tides Brest 2026-06-01

The prediction is seperate from the printing, so another program can use it:

    from tides.predict import heights

See `docs/method.md` for the formula and where it ends to be good enough.
"""

_METHOD = """\
# Method

The height of the water is a sum of cosines, one for each constituent (M2, S2, N2, K1, O1):

    h(t) = z0 + sum(a * cos(speed * t - phase))

Speeds are in degrees per hour. Amplitudes are in metres and phases in degrees, both from `tides/harbours.py`.

High and low water are found where the slope changes sign. An error of ten minutes has occured near slack water.
"""

_HARBOURS = '''\
"""Harmonic constants: amplitude in metres and phase in degrees for each constituent."""

HARBOURS = {
    "Brest": {"z0": 4.13, "M2": (2.06, 138.0), "S2": (0.75, 179.0), "N2": (0.42, 119.0), "K1": (0.06, 76.0)},
    "Dover": {"z0": 3.78, "M2": (2.25, 331.0), "S2": (0.71, 23.0), "N2": (0.43, 308.0), "O1": (0.06, 182.0)},
}

SPEEDS = {"M2": 28.9841042, "S2": 30.0, "N2": 28.4397295, "K1": 15.0410686, "O1": 13.9430356}
'''

_PREDICT = '''\
"""Heights of the tide, hour by hour, and the turning points between them."""

from math import cos, radians

from tides.harbours import HARBOURS, SPEEDS


def height(harbour, hours):
    """Height in metres above chart datum, `hours` after midnight."""
    constants = HARBOURS.get(harbour)
    if constants == None:
        raise KeyError("unknown harbour: " + harbour)
    total = constants["z0"]
    for name, speed in SPEEDS.items():
        if name in constants:
            amplitude, phase = constants[name]
            total += amplitude * cos(radians(speed * hours - phase))
    return total


def heights(harbour, step=1.0):
    """Pairs of (hours, metres) for one day."""
    count = int(24 / step) + 1
    return [(i * step, height(harbour, i * step)) for i in range(count)]


def turning_points(harbour, step=0.1):
    """High and low waters: triples of (hours, metres, "high" or "low")."""
    points = heights(harbour, step)
    found = []
    for before, here, after in zip(points, points[1:], points[2:]):
        if before[1] < here[1] >= after[1]:
            found.append((here[0], here[1], "high"))
        if before[1] > here[1] <= after[1]:
            found.append((here[0], here[1], "low"))
    return found
'''

_MAIN = '''\
"""Command line: python -m tides HARBOUR DATE"""

import sys

from tides.predict import turning_points


def main(arguments):
    if len(arguments) != 2:
        print("usage: python -m tides HARBOUR DATE", file=sys.stderr)
        return 2
    harbour, date = arguments
    print(harbour, date)
    for hours, metres, kind in turning_points(harbour):
        print(f"{int(hours):02d}:{int(hours % 1 * 60):02d}  {metres:5.2f} m  {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
'''

_TEST = """\
import unittest

from tides.predict import heights, turning_points


class Brest(unittest.TestCase):
    def test_a_day_has_25_hourly_heights(self):
        self.assertEqual(len(heights("Brest")), 25)

    def test_high_and_low_water_alternate(self):
        kinds = [kind for _, _, kind in turning_points("Brest")]
        self.assertTrue(all(a != b for a, b in zip(kinds, kinds[1:])))


if __name__ == "__main__":
    unittest.main()
"""

_FILES = {
    ".gitignore": "__pycache__/\n*.pyc\n",
    "README.md": _README,
    "docs/method.md": _METHOD,
    "tests/test_predict.py": _TEST,
    "tides/__init__.py": '"""Tide tables from harmonic constants."""\n',
    "tides/__main__.py": _MAIN,
    "tides/harbours.py": _HARBOURS,
    "tides/predict.py": _PREDICT,
}


def sample_archive() -> bytes:
    """The sample as a zip archive: the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in _FILES.items():
            entry = zipfile.ZipInfo(path, date_time=(2026, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return buffer.getvalue()
