"""The providers as they answer when no network is there: same URLs, same shapes, no surprises."""

import hashlib
import json
from decimal import Decimal

import httpx

DECLINED_TOKEN = "tok_declined"
BROKEN_TOKEN = "tok_error"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def payment_provider(request: httpx.Request) -> httpx.Response:
    body = json.loads(request.content or b"{}")
    if request.url.path == "/v1/charges":
        if body.get("token") == DECLINED_TOKEN:
            return httpx.Response(402, json={"error": "card_declined"})
        if body.get("token") == BROKEN_TOKEN:
            return httpx.Response(503, json={"error": "unavailable"})
        reference = _digest(body["reference"])
        return httpx.Response(201, json={"id": f"ch_{reference}", "status": "succeeded"})
    if request.url.path == "/v1/refunds":
        reference = _digest(body["charge"] + str(body["amount"]))
        return httpx.Response(201, json={"id": f"re_{reference}", "status": "succeeded"})
    return httpx.Response(404, json={"error": "not_found"})


def mail_provider(request: httpx.Request) -> httpx.Response:
    body = json.loads(request.content or b"{}")
    if str(body.get("to", "")).endswith("@bounce.example.com"):
        return httpx.Response(422, json={"error": "mailbox_unavailable"})
    return httpx.Response(202, json={"id": f"msg_{_digest(body['to'] + body['subject'])}"})


def carrier(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/rates":
        grams = int(request.url.params.get("grams", "0"))
        abroad = request.url.params.get("country", "DE") != "DE"
        price = Decimal("4.90") + Decimal(grams // 1000) * (2 if abroad else 1)
        return httpx.Response(200, json={"price": str(price + (6 if abroad else 0))})
    if request.url.path == "/labels":
        body = json.loads(request.content or b"{}")
        return httpx.Response(
            201, json={"tracking": f"HL{_digest(body['reference'])[:10].upper()}"}
        )
    return httpx.Response(404)
