"""Celery: tasks, what queues them, and the beat schedule."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import CallKind, EntryKind, ExternalKind, SystemFacts
from tests.analyzers.source_tree import facts_of

_APP = {
    "shop/celery.py": """
        from celery import Celery
        app = Celery("shop")
        app.conf.beat_schedule = {"nightly": {"task": "shop.tasks.clean", "schedule": 60}}
    """,
    "shop/tasks.py": """
        from celery import shared_task
        from shop.celery import app
        class Logged(app.Task):
            def __call__(self, *args): return super().__call__(*args)
        @shared_task
        def clean(): return None
        @app.task(name="mail", bind=True)
        def send_mail(self, order): return self.retry()
        @app.task(base=Logged)
        def logged(): return None
    """,
}


def _calls(facts: SystemFacts, kind: CallKind) -> set[tuple[str, str]]:
    return {(call.caller, call.callee) for call in facts.calls if call.kind is kind}


def test_tasks_and_the_beat_schedule_are_entry_points(tmp_path: Path) -> None:
    """A task is known by its given name, else by its module and function."""
    facts = facts_of(tmp_path, _APP)
    assert {(entry.kind, entry.name, entry.function) for entry in facts.entry_points} == {
        (EntryKind.TASK, "shop.tasks.clean", "shop.tasks:clean"),
        (EntryKind.TASK, "mail", "shop.tasks:send_mail"),
        (EntryKind.TASK, "shop.tasks.logged", "shop.tasks:logged"),
        (EntryKind.SCHEDULE, "nightly", "shop.tasks:clean"),
    }


def test_queuing_a_task_runs_it_later(tmp_path: Path) -> None:
    """``delay``, ``apply_async``, signatures and names all lead to the function, and use a queue."""
    facts = facts_of(
        tmp_path,
        {
            **_APP,
            "shop/orders.py": """
                from celery import chain
                from shop.celery import app
                from shop.tasks import clean, logged, send_mail
                def place():
                    send_mail.apply_async(args=(1,), queue="mails")
                    clean.delay()
                def by_name():
                    app.send_task("mail")
                def chained():
                    chain(clean.s(), logged.si())()
                def directly():
                    clean()
            """,
        },
    )
    assert _calls(facts, CallKind.ASYNC) == {
        ("shop.orders:place", "shop.tasks:send_mail"),
        ("shop.orders:place", "shop.tasks:clean"),
        ("shop.orders:by_name", "shop.tasks:send_mail"),
        ("shop.orders:chained", "shop.tasks:clean"),
        ("shop.orders:chained", "shop.tasks:logged"),
        ("shop.orders:chained", "shop.tasks:Logged.__call__"),
    }
    assert ("shop.orders:directly", "shop.tasks:clean") in _calls(facts, CallKind.DIRECT)
    queues = {(use.function, use.name) for use in facts.outside if use.kind is ExternalKind.QUEUE}
    assert ("shop.orders:place", "mails") in queues
    assert ("shop.orders:place", "celery") in queues


def test_what_is_given_away_to_queue_a_task_queues_it(tmp_path: Path) -> None:
    """``on_commit(task.delay)`` and ``partial(task.delay, 1)``."""
    source = """
        from functools import partial
        from django.db import transaction
        from shop.tasks import clean, send_mail
        def place():
            transaction.on_commit(clean.delay)
            transaction.on_commit(partial(send_mail.delay, 1))
    """
    facts = facts_of(tmp_path, {**_APP, "shop/orders.py": source})
    assert _calls(facts, CallKind.ASYNC) == {
        ("shop.orders:place", "shop.tasks:clean"),
        ("shop.orders:place", "shop.tasks:send_mail"),
    }
