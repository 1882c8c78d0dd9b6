"""Functions that run because a signal is sent."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import CallKind, Confidence
from tests.analyzers.frameworks.django.django_shop import shop_facts


def _signalled(tmp_path: Path, views: str, receivers: str) -> set[tuple[str, str, Confidence]]:
    facts = shop_facts(tmp_path, views, {"shop/orders/receivers.py": receivers})
    return {
        (call.caller.rpartition(":")[2], call.callee.rpartition(":")[2], call.confidence)
        for call in facts.calls
        if call.kind is CallKind.SIGNAL
    }


def test_saving_runs_the_receivers_of_the_model(tmp_path: Path) -> None:
    """A receiver for one sender runs for that model; one for every sender possibly runs."""
    found = _signalled(
        tmp_path,
        "def make():\n    Order.objects.create()\ndef tag():\n    Tag().save()\n",
        """
        from django.db.models.signals import post_delete, post_save
        from django.dispatch import receiver
        from shop.orders.models import Order

        @receiver(post_save, sender=Order)
        def after_order(sender, **kwargs):
            pass

        @receiver([post_save, post_delete])
        def after_anything(sender, **kwargs):
            pass

        @receiver(post_delete, sender=Order)
        def after_removal(sender, **kwargs):
            pass
        """,
    )
    assert found == {
        ("make", "after_order", Confidence.LIKELY),
        ("make", "after_anything", Confidence.POSSIBLE),
        ("tag", "after_anything", Confidence.POSSIBLE),
    }


def test_connected_functions_are_receivers(tmp_path: Path) -> None:
    """`signal.connect` inside a function counts, with its sender given as class or by name."""
    found = _signalled(
        tmp_path,
        "def remove(order: Order):\n    order.delete()\n",
        """
        from django.db.models import signals

        def after_removal(sender, **kwargs):
            pass

        def ready():
            signals.post_delete.connect(after_removal, sender="orders.Order")
        """,
    )
    assert ("remove", "after_removal", Confidence.LIKELY) in found


def test_own_signals_run_their_own_receivers(tmp_path: Path) -> None:
    """A signal is known by the name it is declared under, wherever it is imported, even with a class of its own."""
    found = _signalled(
        tmp_path,
        """
        from django.dispatch import Signal

        class QuietSignal(Signal):
            def send(self, sender):
                return super().send(sender)

        order_placed = Signal()
        order_paid = QuietSignal()
        order_lost = QuietSignal()

        class Desk:
            signal = order_placed

            def place(self):
                self.signal.send(sender=self)

        def pay():
            order_paid.send(sender=None)
        """,
        """
        from django.dispatch import receiver
        from shop.orders.views import order_lost, order_paid, order_placed

        @receiver(order_placed)
        def after_placing(sender, **kwargs):
            pass

        @receiver(order_paid)
        def after_paying(sender, **kwargs):
            pass

        @receiver(order_lost)
        def after_losing(sender, **kwargs):
            pass
        """,
    )
    assert found == {
        ("Desk.place", "after_placing", Confidence.LIKELY),
        ("pay", "after_paying", Confidence.LIKELY),
    }


def test_logging_in_sends_a_signal(tmp_path: Path) -> None:
    """Django's own functions run the receivers of the signals they send."""
    found = _signalled(
        tmp_path,
        "from django.contrib.auth import login\ndef enter(request, user):\n    login(request, user)\n",
        """
        from django.contrib.auth.signals import user_logged_in
        from django.dispatch import receiver

        @receiver(user_logged_in)
        def greet(sender, **kwargs):
            pass
        """,
    )
    assert ("enter", "greet", Confidence.LIKELY) in found
