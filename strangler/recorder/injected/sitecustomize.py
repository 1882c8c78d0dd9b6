"""Starts the recorder in every Python process below `strangler record`, then makes way for the user's own file.

Python imports the first `sitecustomize` of its path when it starts; `strangler record` puts this folder first.
"""

import os
import sys

import _strangler_recorder

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _import_the_one_behind() -> None:
    """The user's own `sitecustomize`, which this one hides."""
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
