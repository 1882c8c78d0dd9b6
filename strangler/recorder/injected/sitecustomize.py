"""Starts the recorder in every Python process under `strangler record`, then imports the user's own `sitecustomize`.

Python imports the first `sitecustomize` on its path when it starts; `strangler record` puts this folder first.
"""

import os
import sys

import _strangler_recorder

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _import_the_one_behind() -> None:
    """Import the user's own `sitecustomize`, which this one hides."""
    sys.path[:] = [entry for entry in sys.path if entry != _FOLDER]
    this = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # noqa: F401
    finally:
        sys.modules.setdefault("sitecustomize", this)


_strangler_recorder.start_from_environment()
try:
    _import_the_one_behind()
except ImportError as error:
    if error.name != "sitecustomize":
        raise
