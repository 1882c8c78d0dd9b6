"""What can go wrong, named after the answer it leads to."""


class ReviewsError(Exception):
    """The root of this service's errors."""


class SettingError(ReviewsError):
    """A setting is missing or unusable; the message says which, and what it should be."""


class BadInputError(ReviewsError):
    """400: the client sent something unusable; ``errors`` says what, field by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors.items()))
        self.errors = errors


class NobodyError(ReviewsError):
    """401, or a redirect to the login: this is for customers."""


class IdentityError(ReviewsError):
    """401: the identity header is expired, or not signed by the gateway."""


class NotAllowedError(ReviewsError):
    """403: the customer may not do this to this review."""


class MissingError(ReviewsError):
    """404: there is no such product or review for this customer."""


class UnavailableError(ReviewsError):
    """503: the database does not answer or refuses; nothing was stored."""
