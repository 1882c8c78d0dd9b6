"""The questions of `strangler suggest --ask`, and the file that keeps the answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from strangler.cli.console import Console
from strangler.project_reader import find_project_file
from strangler_analyzers.boundaries.constraints_file import FILE_NAME
from strangler_analyzers.boundaries.suggestion import Study

_SHOWN = 6


def constraints_path(path: Path) -> Path:
    """``boundaries.toml`` beside the strangler.toml of a folder or file, or in the folder if it has none."""
    project = find_project_file(path)
    folder = path.parent if path.is_file() else path
    return (folder if project is None else project.parent) / FILE_NAME


def ask_labels(console: Console, found: Study, count: int, answers: TextIO) -> Mapping[str, str]:
    """Ask for the services of the most informative tables that have no label yet.

    An empty line accepts the proposed name, ``-`` leaves the table open, the end of the input ends the questions.
    """
    clustering = found.clustering
    groups = found.groups()
    name_of = {table: name for name, tables in groups.items() for table in tables}
    labels: dict[str, str] = {}
    questions = clustering.questions(count)
    for number, medoid in enumerate(questions, 1):
        name = name_of[medoid]
        alike = [table for table in groups[name] if table != medoid][:_SHOWN]
        like = f" (like {', '.join(alike)})" if alike else ""
        console.note(
            f"{number}/{len(questions)} which service does {medoid} belong to{like}? [{name}] - leaves it open"
        )
        line = answers.readline()
        if not line:
            break
        answer = line.strip() or name
        if answer != "-":
            labels[medoid] = answer
    return labels
