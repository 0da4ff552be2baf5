"""Regular expressions that cannot hang: which lines match is decided in time linear in the text, for any
pattern.

CPython's `re` backtracks, so one careless pattern stops the program for good, and nothing can interrupt it in
a browser tab. This engine never backtracks without a proven bound (see `line_pattern` for how the parts play
together).
"""

from satchel.tools.linear_regex.errors import PatternError
from satchel.tools.linear_regex.line_pattern import LinePattern, compile_pattern

__all__ = ["LinePattern", "PatternError", "compile_pattern"]
