"""What files of a folder say about the packages it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.errors import InputError
from strangler.upkeep.needs import needs_of


def _needs(folder: Path, **files: str) -> dict[tuple[str, str], str | None]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {(need.name, need.file): need.pinned and str(need.pinned) for need in needs_of(folder)}


def test_a_list_of_requirements_with_all_that_may_stand_in_it(tmp_path: Path) -> None:
    """Hashes, options, comments, extras, markers, paths and addresses."""
    found = _needs(
        tmp_path,
        requirements_DOT_txt=(
            "-r other.txt\n--no-binary :all:\n# a comment\n"
            "Django==5.2.1 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\n"
            "requests[socks]>=2,<3  # why\n"
            "zope.interface ==7.*\n"
            'pywin32==300; sys_platform == "win32"\n'
            'tomli==2.0; python_version >= "3.8"\n'
            "-e ./own\n./wheel.whl\nfork @ git+ssh://example.org/fork.git\n\n"
        ),
    )
    file = "requirements.txt"
    assert found == {
        ("django", file): "5.2.1",
        ("requests", file): None,
        ("zope-interface", file): None,
        ("tomli", file): "2.0",
    }


def test_every_kind_of_file(tmp_path: Path) -> None:
    """Lists at the top and in requirements/, and the lock files of each tool."""
    found = _needs(
        tmp_path,
        pyproject_DOT_toml='[project]\ndependencies = ["a>=1"]\n[tool.poetry.dependencies]\nb = "^2"\n',
        requirements__prod_DOT_txt="c==3\n",
        uv_DOT_lock=(
            '[[package]]\nname = "own"\nversion = "0.1"\nsource = { editable = "." }\n'
            '[[package]]\nname = "d"\nversion = "4"\n[[package]]\nname = "d"\nversion = "4.1"\n'
        ),
        poetry_DOT_lock='[[package]]\nname = "e"\nversion = "5"\n',
        pylock_DOT_toml='[[packages]]\nname = "f"\nversion = "6"\n',
        Pipfile_DOT_lock='{"default": {"g": {"version": "==7"}}, "develop": {"h": {"git": "x"}}}',
    )
    assert found == {
        ("a", "pyproject.toml"): None,
        ("b", "pyproject.toml"): None,
        ("c", "requirements/prod.txt"): "3",
        ("d", "uv.lock"): "4.1",
        ("e", "poetry.lock"): "5",
        ("f", "pylock.toml"): "6",
        ("g", "Pipfile.lock"): "7",
    }


@pytest.mark.parametrize(
    ("name", "content"), [("uv.lock", b"[[package"), ("Pipfile.lock", b"{"), ("poetry.lock", b"\xff")]
)
def test_a_lock_that_can_not_be_read_is_told_with_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    """It would hide what is behind."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        needs_of(tmp_path)


def test_a_line_that_pip_refuses_is_told_with_its_place(tmp_path: Path) -> None:
    """It would hide what is behind; a requirement over two lines is one."""
    (tmp_path / "requirements.txt").write_text("web>=1, \\\n  <2\nthis is not a requirement !!!\n")
    with pytest.raises(InputError, match=r"requirements\.txt:3: is no requirement"):
        needs_of(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The path of strangler.toml is wrong."""
    with pytest.raises(InputError, match="no such folder"):
        needs_of(tmp_path / "nowhere")
