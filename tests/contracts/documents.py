"""Design documents as texts, for tests: a service that keeps every rule, and what it imports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from strangler.contracts.library import Library
from strangler.contracts.library_reader import read_library
from strangler.model.errors import ConfigurationError

COMMON = """
// What all services share.
{
  name: "common", namespace: "shop.common.v0", version: "0.1.0", description: "Shared types.",
  models: {
    healthcheck: { description: "How a service is.", fields: [{ name: "status", type: "string", example: "healthy" }] },
    generic_error: {
      description: "What went wrong.",
      fields: [{ name: "code", type: "string" }, { name: "messages", type: "[string]" }],
    },
  },
}
"""
REVIEWS = """
{
  name: "reviews", namespace: "shop.reviews.v0", version: "0.1.0", imports: ["common.json5"],
  enums: { review_status: { description: "Who sees it.", values: ["shown", "hidden"] } },
  models: {
    review: {
      description: "What a customer thinks of a product.",
      fields: [
        { name: "id", type: "uuid" },
        { name: "email", type: "string", required: false, annotations: ["personal_data"] },
        { name: "stars", type: "integer", minimum: 1, maximum: 5 },
        { name: "status", type: "review_status", default: "shown" },
        { name: "created_at", type: "date-time-iso8601" },
      ],
    },
    review_form: {
      description: "A review to be written.",
      fields: [{ name: "stars", type: "integer", minimum: 1, maximum: 5 }],
    },
    review_upserted: {
      description: "A review is there, or another one now.",
      fields: [
        { name: "event_id", type: "string" },
        { name: "timestamp", type: "date-time-iso8601" },
        { name: "review", type: "review" },
      ],
    },
    review_deleted: {
      description: "A review is gone.",
      fields: [
        { name: "event_id", type: "string" },
        { name: "timestamp", type: "date-time-iso8601" },
        { name: "review", type: "review" },
      ],
    },
  },
  unions: {
    review_event: {
      description: "What happens to reviews.",
      discriminator: "discriminator",
      types: [{ type: "review_upserted" }, { type: "review_deleted" }],
    },
  },
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
    review: {
      path: "/reviews",
      operations: [
        {
          method: "GET", description: "Many reviews.",
          parameters: [
            { name: "id", type: "[uuid]", required: false, maximum: 100 },
            { name: "limit", type: "integer", default: 25, minimum: 1, maximum: 100 },
            { name: "offset", type: "integer", default: 0, minimum: 0 },
            { name: "sort", type: "string", default: "-created_at" },
          ],
          responses: { "200": { type: "[review]" } },
        },
        {
          method: "POST", description: "Writes a review.", body: { type: "review_form" },
          responses: { "201": { type: "review" }, "422": { type: "shop.common.v0.models.generic_error" } },
        },
        {
          method: "DELETE", path: "/{id}", description: "Takes a review away.",
          parameters: [{ name: "id", type: "uuid" }],
          responses: { "204": { type: "unit" }, "404": { type: "unit" } },
        },
      ],
    },
  },
  events: { review_event: { stream: "reviews.v0.review_event.json" } },
}
"""


def library_of(texts: Mapping[str, str], *services: str) -> Library:
    """The library of documents by their names; each of `services` has the document of its name."""
    files = {Path(f"{name}.json5"): text for name, text in texts.items()}

    def read(path: Path) -> str:
        if path not in files:
            raise ConfigurationError("cannot be read: no such file", where=str(path))
        return files[path]

    return read_library({name: Path(f"{name}.json5") for name in services}, files, read)


def reviews_library(text: str = REVIEWS, **others: str) -> Library:
    """The library of the reviews, and of others that are services too."""
    return library_of({"reviews": text, **others, "common": COMMON}, "reviews", *others)


def everything(_method: str, _path: str) -> bool:
    """All operations are asked for."""
    return True
