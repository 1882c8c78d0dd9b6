"""Edits of the project file under a command that runs for long."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from strangler.cli.project_edits import EditCallbacks, ProjectEdits, mapping_meaning
from strangler.model.errors import ConfigurationError, StranglerError
from strangler.project import Project
from tests.etl.reviews_case import PROJECT


@dataclass
class Edited:
    """A project file that somebody edits, each time a second later, and what is told of it."""

    file: Path
    clock: float = 0.0
    unreadable: list[StranglerError] = field(default_factory=list[StranglerError])
    troubles: list[StranglerError] = field(default_factory=list[StranglerError])
    taken: int = 0

    def edits(self) -> ProjectEdits:
        """What the follower sees of it."""
        callbacks = EditCallbacks(self.unreadable.append, self.take, self.troubles.append)
        return ProjectEdits(
            self.file, lambda project: mapping_meaning(project, "reviews"), callbacks, lambda: self.clock
        )

    def take(self) -> None:
        """Hear that an edit counts."""
        self.taken += 1

    def write(self, text: str) -> None:
        """Save the file."""
        self.file.write_text(text)
        self.clock += 1.0


@pytest.fixture(name="edited")
def edited_project(tmp_path: Path) -> Edited:
    """The project of the shop."""
    edited = Edited(tmp_path / "strangler.toml")
    edited.file.write_text(PROJECT)
    return edited


def test_an_edit_counts_where_it_changes_what_the_command_works_by(edited: Edited) -> None:
    """A comment, another order, or another service is none; what cannot be read is told, and changes nothing."""
    edits = edited.edits()
    edited.write(f"# a comment\n{PROJECT}[services.orders]\n")
    assert not edits.changed()
    edited.write(
        PROJECT.replace('body = "text"\nstars = "rating::smallint"', 'stars = "rating::smallint"\nbody="text"')
    )
    assert not edits.changed()
    edited.write(f"{PROJECT}[[[")
    assert not edits.changed()
    assert not edits.changed()
    edited.clock += 1.0
    assert not edits.changed()
    edited.write("")
    assert not edits.changed()
    assert [type(error).__name__ for error in edited.unreadable] == ["ConfigurationError", "UsageError"]
    edited.file.write_text(PROJECT.replace('"text"', '"upper(text)"'))
    assert not edits.changed()
    edited.clock += 1.0
    assert edits.changed()
    assert edited.taken == 0


def test_what_does_not_work_after_an_edit_is_tried_until_it_does(
    edited: Edited, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first start asks for is raised; so is what goes wrong once an edit was proved."""
    monkeypatch.setattr("strangler.cli.project_edits._RETRY_SECONDS", 0.0)
    edits, done = edited.edits(), list[str]()

    def work(project: Project) -> None:
        (text,) = (str(one.columns["body"]) for one in project.etl["reviews"] if one.target == "review")
        done.append(text)
        if "wrong" in text:
            edited.write(PROJECT.replace('"text"', '"lower(text)"'))
            raise ConfigurationError("does not fit")
        if "lower" in text:
            edits.prove()
            raise ConfigurationError("something else")
        edited.write(PROJECT.replace('"text"', '"wrong(text)"'))

    with pytest.raises(ConfigurationError, match="something else"):
        edits.do(work, threading.Event())
    assert ["wrong" in one for one in done] == [False, True, False]
    assert [str(error) for error in edited.troubles] == ["does not fit"]
    assert edited.taken == 2
    with pytest.raises(ConfigurationError, match="something else"):
        edited.edits().do(work, threading.Event())
    assert len(edited.troubles) == 1


def test_a_command_that_is_told_to_end_ends_whatever_was_edited(edited: Edited) -> None:
    """Also while an edit does not work."""
    edits, stop = edited.edits(), threading.Event()

    def work(_project: Project) -> None:
        edited.write(PROJECT.replace('"text"', '"upper(text)"'))
        stop.set()

    edits.do(work, stop)
    assert edited.taken == 0
