"""The company's rules, over all documents at once."""

from __future__ import annotations

import pytest

from strangler.contracts.lint.finding import REASONS
from strangler.contracts.lint.linter import lint
from strangler.contracts.namespace import newest_versions
from strangler.model.design import COMMON_FIELDS, LINT_TERMS, DesignRule, LintTerms
from tests.contracts.documents import REVIEWS, reviews_library

_ORDERS = """
{
  name: "orders", namespace: "shop.orders.v0", version: "0.1.0", imports: ["common.json5", "reviews.json5"],
  models: { MODELS },
  resources: {
    "shop.common.v0.models.healthcheck": {
      path: "/_internal_",
      operations: [
        {
          method: "GET", path: "/healthcheck", description: "Whether the service is well.",
          responses: { "200": { type: "shop.common.v0.models.healthcheck" } },
        },
      ],
    },
    RESOURCES
  },
}
"""


def orders(models: str = "", resources: str = "") -> str:
    """A second service beside the reviews."""
    return _ORDERS.replace("MODELS", models).replace("RESOURCES", resources)


def found(text: str, *services: str, terms: LintTerms = LINT_TERMS, **others: str) -> list[tuple[str, str]]:
    """Rules and subjects of what is found."""
    return [(str(item.rule), item.subject) for item in lint(reviews_library(text, **others), terms, services)]


def changed(*pairs: tuple[str, str]) -> str:
    """The document of the reviews with something else in it."""
    text = REVIEWS
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_a_document_that_keeps_every_rule_has_no_findings() -> None:
    """So has one of a second service beside it."""
    assert found(REVIEWS) == []
    assert found(REVIEWS, orders=orders()) == []


def test_every_rule_has_a_reason() -> None:
    """In the order of the codes, a sentence each."""
    assert [*REASONS] == [*DesignRule]
    assert all(reason.endswith(".") and len(reason) > 20 for reason in REASONS.values())


@pytest.mark.parametrize(
    ("rule", "subject", "old", "new"),
    [
        ("healthcheck", "/_internal_/healthcheck", 'path: "/healthcheck"', 'path: "/health"'),
        (
            "healthcheck",
            "/_internal_/healthcheck",
            '"200": { type: "shop.common.v0.models.h',
            '"201": { type: "shop.common.v0.models.h',
        ),
        ("namespace", "shop.reviews.v0", 'version: "0.1.0"', 'version: "1.0.0"'),
        ("name", "review.createdAt", '"created_at"', '"createdAt"'),
        ("name", "review_status.Shown", 'values: ["shown", ', 'values: ["shown", "Shown", '),
        ("description", "review_form", 'description: "A review to be written.",', ""),
        ("description", "GET /reviews", 'description: "Many reviews.",', ""),
        ("unused-type", "lost", "models: {", 'models: { lost: { description: "x", fields: [] },'),
        ("annotation", "review.stars", '{ name: "stars",', '{ annotations: ["hot"], name: "stars",'),
        ("personal-data", "review.email", ', annotations: ["personal_data"]', ""),
        (
            "personal-data",
            "review.birth_date",
            '{ name: "stars", type: "integer"',
            '{ name: "birth_date", type: "integer"',
        ),
        ("default", "review.status", 'default: "shown"', 'default: "deleted"'),
        ("common-field", "review.created_at", '"created_at", type: "date-time-iso8601"', '"created_at", type: "long"'),
        ("money", "review.price", '{ name: "stars", type: "integer"', '{ name: "price", type: "double"'),
        ("reference-type", "review.review_id", '{ name: "stars", type: "integer"', '{ name: "review_id", type: "long"'),
        (
            "mapping-model",
            "a_mapping",
            "models: {",
            'models: { a_mapping: { description: "x", fields: [{ name: "id", type: "uuid" }] },',
        ),
        (
            "path-case",
            "GET /Reviews",
            '{ method: "GET", description: "Many',
            '{ method: "GET", path: "", description: "Many',
        ),
        ("trailing-slash", "DELETE /reviews/{id}/", 'path: "/{id}"', 'path: "/{id}/"'),
        (
            "path-parameter",
            "DELETE /reviews/{id} id",
            '"id", type: "uuid" }],\n          responses',
            '"id", type: "string" }],\n          responses',
        ),
        ("list-parameters", "GET /reviews", '{ name: "sort", type: "string", default: "-created_at" },', ""),
        ("limit-bound", "GET /reviews", "minimum: 1, maximum: 100", "minimum: 1"),
        ("array-bound", "GET /reviews id", "required: false, maximum: 100", "required: false"),
        ("standard-responses", "DELETE /reviews/{id}", ', "404": { type: "unit" }', ""),
        (
            "error-model",
            "reviews unit",
            '"422": { type: "shop.common.v0.models.generic_error" }',
            '"422": { type: "unit" }',
        ),
        ("body", "DELETE /reviews/{id}", 'method: "DELETE",', 'method: "DELETE", body: { type: "review_form" },'),
        ("form", "POST /reviews", 'body: { type: "review_form" }', 'body: { type: "review" }'),
        ("discriminator", "review_event", 'discriminator: "discriminator"', 'discriminator: "type"'),
        ("event-pair", "review_upserted", "review_deleted: {", "review_removed: {"),
        ("event-fields", "review_upserted", '{ name: "event_id", type: "string" },', ""),
        ("event-payload", "review_upserted", '{ name: "review", type: "review" },', ""),
        ("event-stream", "review_deleted", ', { type: "review_deleted" }', ""),
        ("stream-name", "review_event", "reviews.v0.review_event.json", "review_event"),
    ],
)
def test_what_breaks_a_rule_is_found(rule: str, subject: str, old: str, new: str) -> None:
    """With the rule's code and what it is about, whatever else is found besides."""
    if rule == "path-case":
        text = changed(('path: "/reviews"', 'path: "/Reviews"'))
    elif rule == "event-pair":
        text = changed((old, new), ('type: "review_deleted"', 'type: "review_removed"'))
    else:
        text = changed((old, new))
    assert (rule, subject) in found(text)


def test_a_key_gets_the_more_precise_of_its_two_types() -> None:
    """A UUID that the model has as a text is no reason to make it a text in the path, too."""
    linted = lint(
        reviews_library(changed(('{ name: "id", type: "uuid" },', '{ name: "id", type: "string" },'))), LINT_TERMS, ()
    )
    finding, *_ = (item for item in linted if item.rule is DesignRule.PATH_PARAMETER)
    assert finding.message == "id is uuid in the path, and string in review"
    assert finding.remedy == "make it uuid in review, if every one is; else string in the path"


def test_what_is_one_mistake_is_one_finding() -> None:
    """A model of errors is named once, whatever answers with it; keys of two things may be of two types."""
    text = changed(
        ('"422": { type: "shop.common.v0.models.generic_error" }', '"422": { type: "unit" }'),
        ('"404": { type: "unit" }', '"422": { type: "unit" }, "404": { type: "unit" }'),
        ("models: {", 'models: { line: { description: "x", fields: [{ name: "id", type: "long" }] },'),
    )
    assert [item for item in found(text) if item[0] in {"error-model", "field-type"}] == [
        ("error-model", "reviews unit")
    ]


@pytest.mark.parametrize(
    ("rule", "subject", "models", "resources"),
    [
        (
            "field-type",
            "order.stars",
            'order: { description: "x", fields: [{ name: "stars", type: "string" }] }',
            'order: { path: "/orders", operations: [] }',
        ),
        (
            "type-owner",
            "review_form",
            'review_form: { description: "x", fields: [] }',
            'review_form: { path: "/orders", operations: [] }',
        ),
        (
            "authority",
            "review",
            "",
            (
                '"shop.reviews.v0.models.review": { path: "/mine", operations: [{ method: "PUT", description: "x",'
                ' responses: { "200": { type: "unit" }, "422": { type: "shop.common.v0.models.generic_error" } } }] }'
            ),
        ),
        (
            "path-owner",
            "DELETE /reviews/{number}",
            "",
            (
                '"shop.reviews.v0.models.review": { path: "/reviews", operations: [{ method: "DELETE", '
                ' description: "x", path: "/{number}", parameters: [{ name: "number", type: "uuid" }],'
                ' responses: { "200": { type: "unit" }, "404": { type: "unit" } } }] }'
            ),
        ),
    ],
)
def test_what_two_services_disagree_on_is_found(rule: str, subject: str, models: str, resources: str) -> None:
    """In the document of the second one; who asks for the first one only is told nothing."""
    text = orders(models, resources)
    assert (rule, subject) in found(REVIEWS, "orders", orders=text)
    assert found(REVIEWS, "reviews", orders=text) == []


def test_a_health_check_may_be_declared_by_every_service() -> None:
    """The standard says what it looks like, not whose it is."""
    own = 'healthcheck: { description: "x", fields: [{ name: "status", type: "string" }] }'
    text = orders(own).replace("shop.common.v0.models.healthcheck", "healthcheck")
    assert found(REVIEWS, orders=text) == []


def test_an_event_may_be_in_a_second_union_that_is_not_published() -> None:
    """One stream is enough for it."""
    types = 'types: [{ type: "review_upserted" }, { type: "review_deleted" }],\n    },'
    second = f'all_events: {{ description: "x", discriminator: "discriminator", {types}'
    assert found(changed((types, f"{types}\n    {second}"))) == [("unused-type", "all_events")]


def test_nobody_is_the_authority_of_a_built_in_type() -> None:
    """What is no model yet, two services may change."""
    operation = """{ method: "DELETE", description: "x", responses: { "204": { type: "unit" } } }"""
    text = orders("", f'json: {{ path: "/orders", operations: [{operation}] }}')
    other = changed(("  resources: {", f'  resources: {{ json: {{ path: "/others", operations: [{operation}] }},'))
    assert found(other, orders=text) == []


def test_rules_are_set_by_the_company() -> None:
    """Whole rules or single subjects are let be, fields get a type, annotations and the discriminator are chosen."""
    text = changed(
        ('discriminator: "discriminator"', 'discriminator: "type"'),
        ('annotations: ["personal_data"]', 'annotations: ["hot", "personal_data"]'),
    )
    assert found(text) == [("annotation", "review.email"), ("discriminator", "review_event")]
    assert found(text, terms=LintTerms(annotations=("hot",), discriminator="type")) == []
    assert found(text, terms=LintTerms(disabled=frozenset({DesignRule.ANNOTATION, DesignRule.DISCRIMINATOR}))) == []
    exempt = {DesignRule.ANNOTATION: ("review.email",)}
    assert found(text, terms=LintTerms(exempt=exempt)) == [("discriminator", "review_event")]
    assert found(REVIEWS, terms=LintTerms(fields={**COMMON_FIELDS, "stars": "decimal"})) == [
        ("common-field", "review.stars"),
        ("common-field", "review_form.stars"),
    ]


def test_major_versions_of_one_service_live_side_by_side() -> None:
    """They are one owner of types and paths, and the next one may have other types; of a third service all is told."""
    other = changed(
        ('"shop.reviews.v0", version: "0.1.0"', '"shop.reviews.v1", version: "1.0.0"'),
    ).replace("reviews.v0.review_event", "reviews.v1.review_event")
    other = other.replace('"uuid"', '"long"').replace('"integer"', '"decimal"')
    assert found(REVIEWS, next=other) == []
    third = other.replace("shop.reviews.v1", "shop.critics.v0")
    assert {rule for rule, _ in found(REVIEWS, next=third)} > {"type-owner", "path-owner"}


def test_the_newest_of_several_versions_is_held_to_the_types_of_others() -> None:
    """By its number, not by its text; what has no other version beside it counts as well."""
    assert newest_versions(["shop.a.v9", "shop.a.v10", "shop.b.v0", "shop.a"]) == {"shop.a.v10", "shop.b.v0"}
