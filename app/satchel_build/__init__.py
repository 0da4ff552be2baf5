"""The logic behind `build.py` and `serve.py`.

Standard library only: `serve.py` must run on a machine that has nothing but python3, node and npm, and these modules
are what installs the rest. Deliberately no part of the `satchel` wheel, and the `satchel` package never imports it.
"""

__all__: list[str] = []
