"""``strangler design``: documents of a project on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.design import DesignRule
from tests.cli.git_repository import commit_all
from tests.cli.saved_shop import save_shop
from tests.contracts.documents import COMMON, REVIEWS


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with the document of one service; its folder is the current one."""
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "common.json5").write_text(COMMON)
    (tmp_path / "design" / "reviews.json5").write_text(REVIEWS)
    (tmp_path / "strangler.toml").write_text('[services.reviews]\ndesign = "design/reviews.json5"\n[services.orders]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def _change(folder: Path, old: str, new: str, file: str = "design/reviews.json5") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


@pytest.mark.usefixtures("shop")
def test_documents_that_keep_the_rules_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """What they import is looked at with them."""
    assert run(["design", "lint"]) == 0
    assert capsys.readouterr().out == "nothing breaks a rule in 2 documents\n"


def test_findings_are_told_with_reason_and_remedy(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By rule, each with its place; the exit status is 1."""
    _change(shop, ', annotations: ["personal_data"]', "")
    assert run(["design", "lint", "reviews"]) == 1
    assert capsys.readouterr().out == (
        "1 finding in 2 documents\n"
        "\n"
        "personal-data (1): Whether a field is about a person is decided, not guessed: the law depends on it.\n"
        "  review.email may be about a person, and nobody has decided  design/reviews.json5:10\n"
        '    remedy: decide: annotations: ["personal_data"] or ["not_personal_data"]\n'
    )
    assert run(["design", "lint", "--json", "--sarif", "lint.sarif"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["location"] == {"file": "design/reviews.json5", "line": 10}
    (result,) = json.loads((shop / "lint.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "personal-data"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "design/reviews.json5"


def test_rules_are_chosen_in_the_project_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is not there is told with its place."""
    _change(shop, ', annotations: ["personal_data"]', "")
    _change(shop, "[services.orders]", '[design.lint]\nexempt = { personal-data = ["review.email"] }', "strangler.toml")
    assert run(["design", "lint"]) == 0
    _change(shop, "personal-data", "personl-data", "strangler.toml")
    capsys.readouterr()
    assert run(["design", "lint"]) == 3
    assert capsys.readouterr().err == (
        "error: strangler.toml:4:12: there is no rule personl-data; did you mean personal-data?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lint", "orders"], "[services.orders] names no design document"),
        (["lint", "revews"], "there is no service revews in strangler.toml; known services: reviews, orders"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_service_without_a_document_is_told(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to write where."""
    assert run(["design", *arguments]) in {2, 3}
    assert message in capsys.readouterr().err


def test_a_wrong_document_is_told_with_its_place(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the user would name the file."""
    _change(shop, "fields: [", "feilds: [")
    assert run(["design", "lint"]) == 3
    assert "error: design/reviews.json5:8:7: unknown key feilds in models.review; did you mean fields?" in (
        capsys.readouterr().err
    )


@pytest.mark.usefixtures("shop")
def test_every_rule_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """With its reason."""
    assert run(["design", "rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [*map(str, DesignRule)]


def test_what_a_new_version_breaks_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against a revision of git, with everything that is imported then; the exit status is 1."""
    commit_all(shop, "before")
    assert run(["design", "diff", "git:HEAD", "design/reviews.json5"]) == 0
    assert capsys.readouterr().out == "nothing that a client could see has changed\n"
    _change(shop, 'values: ["shown", "hidden"]', 'values: ["shown", "hidden", "gone"]')
    assert run(["design", "diff", "git:HEAD", "design/reviews.json5"]) == 1
    assert capsys.readouterr().out == (
        "1 breaking change, 0 harmless\n"
        "\n"
        "Breaking (1)\n"
        "  review_status.gone is answered now, too (answered)  design/reviews.json5:4\n"
        "    values: An enum that is sent may gain values; one that is answered may lose values.\n"
        "    used by no other service of strangler.toml\n"
    )
    assert run(["design", "diff", "design/reviews.json5", "git:HEAD", "--json"]) == 0
    assert [item["breaking"] for item in json.loads(capsys.readouterr().out)["changes"]] == [False]


def test_who_uses_what_breaks_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the documents of the project, also where these do not fit the new version; to programs, too."""
    uses = """{ name: "orders", namespace: "shop.orders.v0", version: "0.1.0", imports: ["reviews.json5"],
      uses: { "shop.reviews.v0": { operations: ["POST /reviews"], events: ["review_event"] } },
      models: { line: { fields: [{ name: "form", type: "shop.reviews.v0.models.review_form" }] } } }"""
    (shop / "design" / "orders.json5").write_text(uses)
    _change(shop, "[services.orders]", '[services.orders]\ndesign = "design/orders.json5"', "strangler.toml")
    commit_all(shop, "before")
    arguments = ["design", "diff", "git:HEAD", "design/reviews.json5"]
    text = (shop / "design" / "reviews.json5").read_text().replace("review_form", "review_draft")
    (shop / "design" / "reviews.json5").write_text(text.replace('path: "/{id}"', 'path: "/{id}/all"'))
    assert run(arguments) == 1
    assert capsys.readouterr().out == (
        "2 breaking changes, 1 harmless\n"
        "\n"
        "Breaking (2)\n"
        "  DELETE /reviews/{id} is gone (answered)  design/reviews.json5:2\n"
        "    operation-removed: Clients that use it get an error.\n"
        "    used by no other service of strangler.toml\n"
        "  review_form is not declared any more (answered)  design/reviews.json5:2\n"
        "    type-removed: Documents that import it become invalid.\n"
        "    used by orders\n"
        "\n"
        "Harmless (1)\n"
        "  DELETE /reviews/{id}/all is new (answered)  design/reviews.json5:71\n"
    )
    assert run([*arguments, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["changes"]
    assert [(item["subject"], item["used_by"]) for item in found] == [
        ("DELETE /reviews/{id}", []),
        ("review_form", ["orders"]),
        ("DELETE /reviews/{id}/all", []),
    ]


def test_who_uses_it_is_not_known_where_documents_are_wrong(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What breaks is told all the same; a project that is named must be there and right."""
    commit_all(shop, "before")
    _change(shop, 'path: "/{id}"', 'path: "/{id}/all"')
    _change(shop, "[services.orders]", '[services.orders]\ndesign = "design/orders.json5"', "strangler.toml")
    arguments = ["design", "diff", "git:HEAD", "design/reviews.json5", "--json"]
    assert run(arguments) == 1
    captured = capsys.readouterr()
    assert "who uses it is not known: design/orders.json5: cannot be read" in captured.err
    assert {item["used_by"] for item in json.loads(captured.out)["changes"]} == {None}
    assert run([*arguments, "--config", "strangler.toml"]) == 3
    (shop / "strangler.toml").unlink()
    assert run(arguments) == 1


def test_a_version_may_be_in_a_folder_that_is_gone(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As git still has it; what it imports from outside of the repository git never had."""
    commit_all(shop, "before")
    (shop / "design").rename(shop / "moved")
    assert run(["design", "diff", "git:HEAD:design/reviews.json5", "moved/reviews.json5"]) == 0
    capsys.readouterr()
    (shop.parent / "common.json5").write_text((shop / "moved/common.json5").read_text())
    text = (shop / "moved/reviews.json5").read_text().replace('"common.json5"', '"../../common.json5"')
    (shop / "moved/reviews.json5").write_text(text)
    commit_all(shop, "after")
    assert run(["design", "diff", "git:HEAD", "moved/reviews.json5"]) == 3
    assert "is outside of the repository" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["git:HEAD", "git:HEAD"], "two revisions and no file; name the document: git:HEAD:design/NAME.json5"),
        (["git:nowhere", "design/reviews.json5"], "there is no revision nowhere"),
        (["git:HEAD", "strangler.json5"], "strangler.json5: is not there in"),
        (["none.json5", "design/reviews.json5"], "none.json5: cannot be read: No such file or directory"),
    ],
)
def test_a_version_that_is_not_there_is_told(
    shop: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file, a revision, or a file in a revision."""
    commit_all(shop, "before")
    assert run(["design", "diff", *arguments]) in {2, 3}
    assert message in capsys.readouterr().err


def test_a_document_is_exported(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To standard output or into a file."""
    assert run(["design", "export", "reviews"]) == 0
    assert json.loads(capsys.readouterr().out)["openapi"] == "3.1.0"
    assert run(["design", "export", "reviews", "--format", "asyncapi", "--output", "events.json"]) == 0
    assert capsys.readouterr() == ("", "wrote events.json\n")
    assert json.loads((shop / "events.json").read_text())["asyncapi"] == "3.0.0"


def test_a_draft_is_written_from_the_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once: a document that is there is not overwritten."""
    save_shop(tmp_path)
    (tmp_path / "strangler.toml").write_text('[services.orders]\ntables = ["orders_order"]\n')
    monkeypatch.chdir(tmp_path)
    assert run(["design", "extract", "orders"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("wrote design/orders.json5: 1 model with events, ")
    assert captured.err == 'name it in [services.orders]: design = "design/orders.json5"\n'
    assert run(["design", "extract", "orders", "--output", "drafts/orders.json5"]) == 0
    assert 'design = "drafts/orders.json5"' in capsys.readouterr().err
    (tmp_path / "strangler.toml").write_text(
        '[services.orders]\ntables = ["orders_order"]\ndesign = "design/orders.json5"\n'
    )
    assert run(["design", "lint"]) == 1
    assert run(["design", "extract", "orders"]) == 3
    assert run(["design", "extract", "orders", "--namespace", "Shop Orders"]) == 2
    assert "design/orders.json5: is there already; name another file: --output FILE" in capsys.readouterr().err


def test_a_draft_names_what_the_code_uses_of_other_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of services that are declared; what stays in the monolith has no document."""
    save_shop(tmp_path)
    (tmp_path / "strangler.toml").write_text(
        '[services.orders]\nmodules = ["shop.orders"]\ntables = ["orders_order", "orders_orders"]\n'
        '[services.catalog]\nmodules = ["shop.catalog"]\ntables = ["catalog_product"]\n'
    )
    monkeypatch.chdir(tmp_path)
    assert run(["design", "extract", "orders"]) == 0
    told = capsys.readouterr().err
    assert "1 use of other services to be decided: calls, or events to follow\n" in told
    assert "orders_orders of [services.orders] is no table of the map; the draft has no model of it\n" in told
    text = (tmp_path / "design" / "orders.json5").read_text()
    lines = [line for line in text.splitlines() if line.startswith("  //   ")]
    assert lines == [
        "  //   calls shop.catalog.stock:reserve of catalog; shop/orders/services.py:31",
        '  //   "catalog.v0": { operations: ["GET /path"], events: ["name_event"] },',
    ]


def test_of_a_monoliths_openapi_the_declared_routes_are_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A monolith has one document of everything it answers."""
    monkeypatch.chdir(tmp_path)
    file = str(Path(__file__).parents[1] / "contracts" / "fastapi_shop.json")
    project = '[services.shop]\n[[routes]]\nmatch = { path = "%s", methods = ["GET"] }\nservice = "shop"\n'
    Path("strangler.toml").write_text(project % "/items/{id}")
    assert run(["design", "import", "shop", file]) == 0
    captured = capsys.readouterr()
    assert captured.out == "wrote design/shop.json5: 1 operation\n"
    assert "3 operations left to others by [[routes]]; --all takes them too" in captured.err
    draft = Path("design/shop.json5").read_text()
    assert "// not taken over: 3 operations that [[routes]] leaves to others" in draft
    assert 'method: "POST"' not in draft
    assert run(["design", "import", "shop", file, "--all", "--output", "all.json5"]) == 0
    assert "3 operations" in capsys.readouterr().out
    Path("strangler.toml").write_text(project % "/things")
    assert run(["design", "import", "shop", file, "--output", "none.json5"]) == 3
    assert "has 4 operations, and none that [[routes]] gives to shop" in capsys.readouterr().err
    assert not Path("none.json5").exists()


def test_a_document_of_openapi_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To where the service's document stands, which is not overwritten."""
    monkeypatch.chdir(tmp_path)
    Path("strangler.toml").write_text('[services.shop]\ndesign = "design/shop.json5"\n')
    file = Path(__file__).parents[1] / "contracts" / "fastapi_shop.json"
    assert run(["design", "import", "shop", str(file), "--namespace", "company.shop.v1"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "wrote design/shop.json5: 3 operations\n"
    assert "1 operation left out: the draft says which" in captured.err
    assert 'namespace: "company.shop.v1"' in Path("design/shop.json5").read_text()
    assert run(["design", "import", "shop", str(file)]) == 3
    assert "is there already" in capsys.readouterr().err
    assert run(["design", "import", "shop", "no.json", "--output", "other.json5"]) == 3
    assert "no.json: cannot be read" in capsys.readouterr().err
    assert run(["design", "lint"]) == 1, "what people have to decide"
