"""Signals of the life of an order. Receivers sit in catalog, customers, inventory, notifications."""

from django.dispatch import Signal

order_placed = Signal()  # order
order_cancelled = Signal()  # order, reason
order_shipped = Signal()  # order, tracking
