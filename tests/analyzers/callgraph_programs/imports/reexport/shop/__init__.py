from .models import Order
from .services import place

__all__ = ["Order", "place"]
