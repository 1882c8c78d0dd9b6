"""What code uses outside the monolith."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.system import ExternalKind
from strangler_analyzers.frameworks.outside.framework import host_of, outlet_of, program_of
from strangler_analyzers.graph.codec import encode_facts
from tests.analyzers.source_tree import facts_of


def _used(root: Path, source: str) -> list[tuple[ExternalKind, str, str]]:
    facts = facts_of(root, {"app/work.py": source})
    return [(use.kind, use.name, use.operation) for use in facts.outside if use.function == "app.work:f"]


def test_an_http_call_is_named_by_its_host(tmp_path: Path) -> None:
    """The host of a constant URL, the setting a URL is built from, else the library."""
    used = _used(
        tmp_path,
        """
        import httpx
        import requests
        from urllib.request import urlopen
        from app import settings

        BASE = "https://pay.example.com/v1"

        def f(url):
            requests.get("https://api.example.com:8443/x?y=1")
            requests.post(f"{BASE}/charges/{url}", json={})
            urlopen(settings.STOCK_URL + "/items")
            httpx.AsyncClient().get(url)
            requests.request("GET", "http://other.example.com")
        """,
    )
    assert used == [
        (ExternalKind.HTTP, "api.example.com:8443", "get"),
        (ExternalKind.HTTP, "pay.example.com", "post"),
        (ExternalKind.HTTP, "STOCK_URL", "urlopen"),
        (ExternalKind.PACKAGE, "httpx", "AsyncClient"),
        (ExternalKind.HTTP, "httpx", "get"),
        (ExternalKind.HTTP, "other.example.com", "request"),
    ]


def test_stores_and_services_by_kind(tmp_path: Path) -> None:
    """Caches, queues, mail and object stores are told apart, also for one client library with many services."""
    used = _used(
        tmp_path,
        """
        import boto3
        import redis
        from django.core.cache import cache
        from django.core.mail import send_mail
        from kombu import Producer

        store = redis.Redis()
        files = boto3.client("s3")
        messages = boto3.client("sqs")

        def f(channel):
            cache.set("a", 1)
            store.get("a")
            send_mail("s", "m", "a", ["b"])
            messages.send_message()
            files.put_object()
            Producer(channel).publish({})
        """,
    )
    assert [(kind, operation) for kind, _, operation in used] == [
        (ExternalKind.CACHE, "set"),
        (ExternalKind.CACHE, "get"),
        (ExternalKind.MAIL, "send_mail"),
        (ExternalKind.QUEUE, "send_message"),
        (ExternalKind.FILE, "put_object"),
        (ExternalKind.PACKAGE, "Producer"),
        (ExternalKind.QUEUE, "publish"),
    ]


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("psql -h db", "psql"),
        ("PGPASSWORD=hunter2 psql -h db", "psql"),
        ('  A=1 B=\'x y\' C="a \\" b"z D=\\  psql', "psql"),
        ("env PGPASSWORD=hunter2 psql", "env"),
        ("PGPASSWORD=hunter2", ""),
        ("PGPASSWORD='hunter2 psql", ""),
        ("", ""),
    ],
)
def test_variables_before_a_program_are_no_program(command: str, program: str) -> None:
    """What is set for a program is not its name, and often a secret."""
    assert program_of(command) == program


@given(st.text(alphabet="aA_=' \"\\\t", max_size=200))
def test_no_assignment_is_taken_for_a_program(command: str) -> None:
    """Whatever the quotes."""
    assert not re.match(r"[A-Za-z_]\w*=", program_of(command))


def test_credentials_in_literals_do_not_reach_the_map(tmp_path: Path) -> None:
    """Command lines, addresses of files, hosts and queues, names of variables: the secret is nowhere in the facts."""
    source = """
        import http.client, os, subprocess
        from pathlib import Path
        import fsspec, requests
        from celery import shared_task
        @shared_task
        def task(): pass
        def f(host):
            os.system("PGPASSWORD=hunter2 psql -h db")
            os.system(f"PGPASSWORD=hunter2 psql -h {host}")
            subprocess.run(["PGPASSWORD=hunter2", "psql"])
            subprocess.run("https://me:hunter2@host/run")
            fsspec.open("s3://key:hunter2@bucket/x")
            open("/etc/shop?password=hunter2")
            Path("ftp://me:hunter2@host").read_text()
            requests.get("https://me:hunter2@api.example.com/?token=hunter2")
            http.client.HTTPConnection("http://me:hunter2@host").request("GET", "/")
            os.environ.setdefault("PGPASSWORD=hunter2", "hunter2")
            task.apply_async(queue="amqp://me:hunter2@host")
    """
    facts = facts_of(tmp_path, {"app/work.py": source})
    names = [use.name for use in facts.outside if use.function == "app.work:f"]
    assert {"psql", "s3://key:****@bucket/x", "api.example.com", "amqp://me:****@host"} <= set(names)
    assert b"hunter2" not in encode_facts(facts)


def test_only_known_caches_are_caches(tmp_path: Path) -> None:
    """Neither a variable that is called so, nor what a cache gives back, nor a client that is only made."""
    used = _used(
        tmp_path,
        """
        import redis
        from django.core.cache import cache
        from elsewhere import cache as other

        names = {}

        def f(given, self):
            given.cache.get("a")
            names.get("a")
            other.get("a")
            client = redis.Redis.from_url("redis://localhost")
            name = cache.get("a")
            name.upper()
            cache.get_or_set("b", names).orders.filter(pk=1).all()
            client.pipeline().execute()
            raise redis.ConnectionError("a")
        """,
    )
    assert [operation for kind, _, operation in used if kind is ExternalKind.CACHE] == ["get", "get_or_set", "execute"]


def test_the_system_around_the_process(tmp_path: Path) -> None:
    """Files, environment variables and programs are named where the code names them."""
    used = _used(
        tmp_path,
        """
        import os
        import shutil
        import subprocess
        from pathlib import Path

        def f(folder):
            open("report.csv").read()
            Path("notes.txt").read_text()
            os.environ.get("TOKEN", "").split(",")
            os.getenv("HOME")
            subprocess.run(["git", "status"])
            os.system("convert a.png b.png")
            shutil.rmtree(folder)
        """,
    )
    assert (
        used
        == [
            (ExternalKind.FILE, "report.csv", "open"),
            (ExternalKind.FILE, "notes.txt", "read_text"),
            (ExternalKind.ENVIRONMENT, "TOKEN", "get"),
            (ExternalKind.ENVIRONMENT, "HOME", "getenv"),
            (ExternalKind.SUBPROCESS, "git", "run"),
            (ExternalKind.SUBPROCESS, "convert", "system"),
            (ExternalKind.FILE, "", "rmtree"),
        ]
        or used
    )


def test_other_packages_count_once_a_function_by_distribution(tmp_path: Path) -> None:
    """A package is named as it is installed; the standard library is no package; its own modules neither."""
    used = _used(
        tmp_path,
        """
        import json
        import yaml
        from PIL import Image
        from app import helper

        def f(text):
            yaml.safe_load(text)
            yaml.safe_dump(text)
            Image.open(text).resize((1, 1))
            json.loads(text)
            helper.g()
        """,
    )
    assert used == [(ExternalKind.PACKAGE, "PyYAML", "safe_load"), (ExternalKind.PACKAGE, "Pillow", "open")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("requests.get", ExternalKind.HTTP),
        ("requests.get().json", None),
        ("redis.Redis().pipeline().execute", ExternalKind.CACHE),
        ("redis.Redis().publish", ExternalKind.QUEUE),
        ("redis.Redis", None),
        ("os.path.join", None),
    ],
)
def test_the_longest_pattern_decides(path: str, kind: ExternalKind | None) -> None:
    """Making a client touches nothing yet; what a call returned is not the call."""
    outlet = outlet_of(path)
    assert (outlet.kind if outlet is not None else None) == kind


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:secret@api.example.com/x", "api.example.com"),
        ("api.example.com/x", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_host_never_carries_credentials(url: str, host: str) -> None:
    """Only host and port of a complete URL are kept."""
    assert host_of(url) == host
