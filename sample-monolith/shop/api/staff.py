"""JSON for the staff's own tools."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from shop.api.auth import api_view
from shop.api.views import JsonView
from shop.customers.models import Customer, FeatureFlag
from shop.decorators import audit
from shop.reports.services import dashboard
from shop.reviews.services import NotAllowed
from shop.utils import BadInput, is_feature_on, json_body


def require_staff(customer: Customer) -> None:
    if not customer.is_staff:
        raise NotAllowed("staff only")


@api_view("GET", login=True)
def stats(request: HttpRequest) -> JsonResponse:
    require_staff(request.customer)
    figures = dashboard()
    figures["top_products"] = [product.name for product in figures["top_products"]]
    return JsonResponse(figures)


class FlagView(JsonView):
    def get(self, request: HttpRequest, name: str) -> JsonResponse:
        return JsonResponse({"name": name, "enabled": is_feature_on(name, request.customer)})

    def put(self, request: HttpRequest, name: str) -> HttpResponse:
        require_staff(request.customer)
        return audit("flag.changed")(self.change)(request, name=name)

    def change(self, request: HttpRequest, name: str) -> JsonResponse:
        enabled = json_body(request).get("enabled")
        if not isinstance(enabled, bool):
            raise BadInput({"enabled": "true or false is required"})
        FeatureFlag.objects.update_or_create(name=name, defaults={"enabled": enabled})
        return JsonResponse({"name": name, "enabled": enabled})
