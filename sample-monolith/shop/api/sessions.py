"""Who am I, log in, log out, my profile."""

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, JsonResponse

from shop.api.auth import api_view, error
from shop.api.models import ApiToken
from shop.api.serializers import customer_json, notification_json
from shop.api.views import JsonView
from shop.cart.services import merge_carts
from shop.utils import BadInput, json_body


@api_view("GET", "HEAD", login=True)
def whoami(request: HttpRequest) -> JsonResponse:
    """200 with the customer of the session or token, 401 for everybody else."""
    response = JsonResponse(customer_json(request.customer))
    response["Cache-Control"] = "no-store"
    return response


@api_view("POST", login=False)
def log_in(request: HttpRequest) -> JsonResponse:
    """Starts a session; the answer carries a token for clients without cookies."""
    body = json_body(request)
    user = authenticate(
        request, username=str(body.get("email", "")), password=str(body.get("password", ""))
    )
    if user is None:
        return error(401, "wrong email or password")
    visitor_session = request.session.session_key
    login(request, user)
    merge_carts(visitor_session or "", user.customer)
    token = ApiToken.objects.filter(customer=user.customer, revoked_at=None).first()
    if token is None:
        token = ApiToken.objects.create(customer=user.customer, label="login")
    return JsonResponse({**customer_json(user.customer), "token": token.key})


@api_view("POST", login=False)
def log_out(request: HttpRequest) -> JsonResponse:
    logout(request)
    return JsonResponse({"status": "bye"})


@api_view("GET", login=True)
def my_notifications(request: HttpRequest) -> JsonResponse:
    rows = request.customer.notifications.all()[:50]
    return JsonResponse({"results": [notification_json(row) for row in rows]})


class ProfileView(JsonView):
    public_methods = frozenset()

    def get(self, request: HttpRequest) -> JsonResponse:
        customer = request.customer
        customer.refresh_from_db()
        extra = {"tier": customer.tier, "loyalty_points": customer.loyalty_points}
        return JsonResponse({**customer_json(customer), **extra})

    def patch(self, request: HttpRequest) -> JsonResponse:
        name = str(json_body(request).get("name", "")).strip()
        if not 1 <= len(name) <= 80:
            raise BadInput({"name": "1 to 80 characters"})
        request.customer.display_name = name
        request.customer.save(update_fields=["display_name"])
        return self.get(request)
