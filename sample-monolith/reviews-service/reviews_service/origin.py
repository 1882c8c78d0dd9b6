"""Requests that another site made a browser send (CSRF).

The rule of Go's ``http.CrossOriginProtection``: browsers say where a request comes from, in
``Sec-Fetch-Site`` or ``Origin``, and no page can keep them from it. What says neither is no browser.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_from_another_site(method: str, headers: Headers) -> bool:
    """Whether a request that changes something was sent by a page of another site."""
    if method in SAFE_METHODS:
        return False
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("Origin")
    if origin is None:
        return False
    hosts = {headers.get("Host"), headers.get("X-Forwarded-Host")} - {None, ""}
    return urlsplit(origin).netloc not in hosts
