"""What starts work besides requests: commands, admin classes, scheduled jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import EntryKind
from tests.analyzers.frameworks.django.project_sources import project


def test_management_commands_are_entry_points(tmp_path: Path) -> None:
    """A command is named after its module; an inherited ``handle`` counts, helpers with an underscore do not."""
    facts = project(
        tmp_path,
        {
            "shop/management/commands/_base.py": """
                from django.core.management.base import BaseCommand
                class Base(BaseCommand):
                    def handle(self, *args, **options): return self.work()
            """,
            "shop/management/commands/send_reminders.py": """
                from shop.management.commands._base import Base
                class Command(Base):
                    def work(self): return None
            """,
        },
    )
    found = {(entry.kind, entry.name, entry.function) for entry in facts.entry_points}
    assert found == {(EntryKind.COMMAND, "send_reminders", "shop.management.commands._base:Base.handle")}


def test_methods_of_admin_classes_are_entry_points(tmp_path: Path) -> None:
    """Registered by decorator or by call."""
    facts = project(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                class Order(models.Model): pass
                class Line(models.Model): pass
            """,
            "shop/admin.py": """
                from django.contrib import admin
                from shop.models import Line, Order
                @admin.register(Order)
                class OrderAdmin(admin.ModelAdmin):
                    def save_model(self, request, obj, form, change): return None
                class LineAdmin(admin.ModelAdmin):
                    def total(self, obj): return 0
                admin.site.register(Line, LineAdmin)
                class NeverRegistered(admin.ModelAdmin):
                    def total(self, obj): return 0
            """,
        },
    )
    found = {(entry.kind, entry.name) for entry in facts.entry_points if not entry.writes}
    assert found == {(EntryKind.ADMIN, "OrderAdmin.save_model"), (EntryKind.ADMIN, "LineAdmin.total")}


def test_the_admin_writes_what_is_registered_with_it(tmp_path: Path) -> None:
    """Without a line of the program: rows of the model, of inlines and many-to-many fields, and what goes along."""
    facts = project(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                class Tag(models.Model): pass
                class Order(models.Model):
                    tags = models.ManyToManyField(Tag)
                class Line(models.Model):
                    order = models.ForeignKey(Order, on_delete=models.PROTECT)
                class Note(models.Model):
                    line = models.ForeignKey(Line, on_delete=models.CASCADE)
                class Alone(models.Model): pass
            """,
            "shop/admin.py": """
                from django.contrib import admin
                from shop.models import Line, Order, Tag
                class LineInline(admin.TabularInline):
                    model = Line
                if True:
                    @admin.register(Order)
                    class OrderAdmin(admin.ModelAdmin):
                        inlines = [LineInline]
                admin.site.register(Tag)
            """,
        },
    )
    found = {entry.name: (entry.kind, entry.location.line, entry.writes) for entry in facts.entry_points}
    assert found == {
        "OrderAdmin": (EntryKind.ADMIN, 7, ("shop_line", "shop_note", "shop_order", "shop_order_tags")),
        "Tag": (EntryKind.ADMIN, 9, ("shop_order_tags", "shop_tag")),
    }


@pytest.mark.parametrize(
    ("apps", "registered"),
    [
        ('"django.contrib.admin", "django.contrib.auth", "shop"', True),
        ('"django.contrib.admin.apps.SimpleAdminConfig", "django.contrib.auth.apps.AuthConfig"', True),
        ('"django.contrib.auth", "shop"', False),
        ('"django.contrib.admin", "shop"', False),
    ],
)
def test_the_admin_of_an_installed_package_deletes_rows_of_the_program_along(
    tmp_path: Path, *, apps: str, registered: bool
) -> None:
    """Deleting a user deletes what refers to him, by no line of the program; not where there is no such admin."""
    facts = project(
        tmp_path,
        {
            "site_/settings.py": f"""
                ROOT_URLCONF = "site_.urls"
                INSTALLED_APPS = [{apps}]
            """,
            "shop/models.py": """
                from django.contrib.auth.models import Group, User
                from django.db import models
                class Order(models.Model):
                    owner = models.ForeignKey(User, on_delete=models.CASCADE)
                    group = models.IntegerField()
                class Note(models.Model):
                    order = models.ForeignKey(Order, on_delete=models.CASCADE)
                class Kept(models.Model):
                    owner = models.ForeignKey(User, on_delete=models.PROTECT)
            """,
        },
    )
    found = [(entry.name, entry.writes, entry.location.file) for entry in facts.entry_points]
    assert found == [("auth.User", ("auth_user", "shop_note", "shop_order"), "shop/models.py")] * registered


def test_cron_settings_and_cron_classes_are_schedules(tmp_path: Path) -> None:
    """django-crontab lists functions in the settings, django-cron calls ``do``."""
    facts = project(
        tmp_path,
        {
            "site_/settings.py": """
                ROOT_URLCONF = "site_.urls"
                CRONJOBS = [("*/5 * * * *", "shop.jobs.sync")]
            """,
            "shop/jobs.py": """
                from django_cron import CronJobBase
                def sync(): return None
                class Nightly(CronJobBase):
                    def do(self): return None
            """,
        },
    )
    found = {(entry.kind, entry.function) for entry in facts.entry_points}
    assert found == {(EntryKind.SCHEDULE, "shop.jobs:sync"), (EntryKind.SCHEDULE, "shop.jobs:Nightly.do")}
