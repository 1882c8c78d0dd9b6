"""Routes that only an OpenAPI document names."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.progress import SilentProgress
from strangler_analyzers.pipeline import analyze
from tests.analyzers.frameworks.route_lines import entries, lines
from tests.analyzers.source_tree import facts_of, write

_DOCUMENT = """
    openapi: 3.0.3
    info: {title: Pets, version: "1"}
    servers:
      - url: https://{host}/{version}/
        variables:
          host: {default: localhost}
          version: {default: v1}
    components:
      securitySchemes:
        token: {type: http, scheme: bearer, x-bearerInfoFunc: shop.access.token}
      parameters:
        pet: {name: pet-id, in: path, required: true, schema: {type: integer}}
    paths:
      /pets:
        get: {operationId: shop.pets.listed}
        post: {operationId: shop.pets.add, security: [token: []]}
      /pets/{pet-id}:
        parameters:
          - $ref: '#/components/parameters/pet'
        get: {operationId: one, x-openapi-router-controller: shop.pets}
        summary: A pet.
      /files/{rest}:
        parameters:
          - {name: rest, in: path, required: true, schema: {type: string, format: path}}
        get: {operationId: shop.views.Files.read}
"""
_HANDLERS = {
    "shop/pets.py": "def one(pet_id): ...\ndef listed(): ...\ndef add(body): ...\n",
    "shop/access.py": "def token(token): ...\n",
    "shop/views.py": "class Base:\n    @staticmethod\n    def read(rest): ...\nclass Files(Base): ...\n",
}
_MAIN = """
    import connexion

    app = connexion.App(__name__, specification_dir="openapi/")
    app.add_api("pets.yaml")
"""
_ROUTES = [
    "GET /v1/files/{rest:path} shop.views:Base.read",
    "GET /v1/pets shop.pets:listed",
    "GET /v1/pets/{pet_id} shop.pets:one",
    "POST /v1/pets shop.pets:add",
]


def test_operations_of_a_document_are_routes(tmp_path: Path) -> None:
    """Names of functions, controllers, classes, the first server, and paths with names as Python has them."""
    facts = facts_of(tmp_path, {"shop/main.py": _MAIN, "shop/openapi/pets.yaml": _DOCUMENT, **_HANDLERS})
    assert lines(facts.routes) == _ROUTES
    assert {route.framework for route in facts.routes} == {"connexion"}
    assert facts.skipped == ()


def test_the_functions_of_a_security_scheme_run_before_the_handler(tmp_path: Path) -> None:
    """An operation that requires a scheme runs the function the scheme names."""
    facts = facts_of(tmp_path, {"shop/main.py": _MAIN, "shop/openapi/pets.yaml": _DOCUMENT, **_HANDLERS})
    assert entries(facts.routes)["POST /v1/pets"] == ("token", "add")
    assert entries(facts.routes)["GET /v1/pets"] == ("listed",)


@pytest.mark.parametrize(
    "main",
    [
        """
        from connexion import AsyncApp
        def make(specification, base):
            app = AsyncApp(__name__)
            app.add_api(specification, base_path=base)
            return app
        app = make("openapi/pets.yaml", "/v1")
        """,
        """
        from pathlib import Path
        from connexion import FlaskApi
        from yaml import safe_load
        ROOT = Path(__file__).parent
        def init(app):
            with ROOT.joinpath("openapi", "pets.yaml").open() as file:
                specification = safe_load(file)
            api = FlaskApi(specification=specification, base_path="/v1/").blueprint
            app.register_blueprint(api)
        """,
    ],
)
def test_a_document_is_found_by_the_texts_its_name_is_made_of(tmp_path: Path, main: str) -> None:
    """A name passed to a function, and a document that the program reads itself; namesakes elsewhere do not count."""
    other = {"other/openapi/pets.yaml": _DOCUMENT.replace("/pets", "/others"), "other/a.py": ""}
    facts = facts_of(tmp_path, {"shop/main.py": main, "shop/openapi/pets.yaml": _DOCUMENT, **_HANDLERS, **other})
    assert lines(facts.routes) == _ROUTES


def test_resolvers_name_functions_by_path_and_method(tmp_path: Path) -> None:
    """`RestyResolver` names functions of modules, `MethodViewResolver` methods of classes; names given come first."""
    paths = """
        swagger: "2.0"
        basePath: /api
        paths:
          /pet-kinds: {get: {}, post: {}}
          /pet-kinds/{kind}: {get: {}, delete: {operationId: api.extra.gone}}
    """
    main = """
        from connexion import App
        from connexion.resolver import MethodViewResolver, RelativeResolver, RestyResolver

        app = App(__name__)
        app.add_api("kinds.yaml", resolver=RestyResolver("api", collection_endpoint_name="all_of"))
        app.add_api("kinds.yaml", "/views", resolver=MethodViewResolver("views"))
        app.add_api("below.yaml", resolver=RelativeResolver("api.extra"))
    """
    files = {
        "main.py": main,
        "kinds.yaml": paths,
        "below.yaml": "openapi: 3.1.0\npaths: {/gone: {get: {operationId: gone}}}\n",
        "api/pet_kinds.py": "def all_of(): ...\ndef post(): ...\ndef get(kind): ...\n",
        "api/extra.py": "def gone(kind): ...\n",
        "views.py": """
            class PetKindsView:
                def search(self): ...
                def post(self): ...
                def get(self, kind): ...
            """,
    }
    assert lines(facts_of(tmp_path, files).routes) == [
        "DELETE /api/pet-kinds/{kind} api.extra:gone",
        "DELETE /views/pet-kinds/{kind} api.extra:gone",
        "GET /api/pet-kinds api.pet_kinds:all_of",
        "GET /api/pet-kinds/{kind} api.pet_kinds:get",
        "GET /gone api.extra:gone",
        "GET /views/pet-kinds views:PetKindsView.search",
        "GET /views/pet-kinds/{kind} views:PetKindsView.get",
        "POST /api/pet-kinds api.pet_kinds:post",
        "POST /views/pet-kinds views:PetKindsView.post",
    ]


def test_operations_without_a_function_are_reported(tmp_path: Path) -> None:
    """One line for each document, with the first of them."""
    document = "openapi: 3.0.0\npaths: {/a: {get: {operationId: gone.a}, put: {}}}\n"
    facts = facts_of(tmp_path, {"main.py": _MAIN, "openapi/pets.yaml": document})
    assert [(part.file, part.reason) for part in facts.skipped] == [
        ("openapi/pets.yaml", "an operation whose function is not in the source: GET /a (gone.a), and 1 more")
    ]


_NESTED = "openapi: 3.0.0\npaths: "
_BOMB = "openapi: 3.0.0\na0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n"
    for n in range(1, 3_000)
)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (_NESTED + "[" * 100_000, "nested deeper than 64"),
        (_NESTED + "{a: " * 100_000, "nested deeper than 64"),
        (_BOMB, "more than 400,000 values"),
        (_NESTED + "{]", "neither YAML nor JSON (line 2)"),
        (_NESTED + "\x00", "neither YAML nor JSON"),
    ],
)
def test_a_hostile_document_is_reported(tmp_path: Path, document: str, reason: str) -> None:
    """Deep nesting, merged aliases without end and broken syntax end in a line of the report."""
    write(tmp_path, {"main.py": _MAIN})
    (tmp_path / "pets.yaml").write_text(document, encoding="utf-8")
    facts = analyze(tmp_path, SilentProgress(), workers=1)
    assert [(part.file, part.reason) for part in facts.skipped] == [
        ("pets.yaml", f"an OpenAPI document that cannot be read: {reason}")
    ]


def test_a_huge_document_is_reported_unread(tmp_path: Path) -> None:
    """A document of more than 4 MiB is not read."""
    write(tmp_path, {"main.py": _MAIN})
    (tmp_path / "pets.yaml").write_text("openapi: 3.0.0\n" + "# \n" * 1_400_000, encoding="utf-8")
    facts = analyze(tmp_path, SilentProgress(), workers=1)
    assert [(part.file, part.reason) for part in facts.skipped] == [
        ("pets.yaml", "an OpenAPI document larger than 4 MiB")
    ]


def test_an_edited_document_is_read_again(tmp_path: Path) -> None:
    """The facts of the last run are used only as long as the documents are what they were."""
    files = {"shop/main.py": _MAIN, "shop/openapi/pets.yaml": _DOCUMENT, **_HANDLERS}
    source = write(tmp_path / "source", files)
    document, cache = source / "shop/openapi/pets.yaml", tmp_path / "cache"
    first = analyze(source, SilentProgress(), workers=1, cache=cache)
    assert analyze(source, SilentProgress(), workers=1, cache=cache) == first
    document.write_text(document.read_text().replace("/pets:", "/animals:"), encoding="utf-8")
    edited = analyze(source, SilentProgress(), workers=1, cache=cache)
    assert "GET /v1/animals shop.pets:listed" in lines(edited.routes)
    assert edited == analyze(source, SilentProgress(), workers=1)
