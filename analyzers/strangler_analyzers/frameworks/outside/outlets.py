"""A table of the library calls that leave the monolith, and what they reach.

A pattern is a path as the linker spells it, matched from its beginning: ``requests.get``, ``redis.Redis().get``. The
longest pattern wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from strangler.model.system import ExternalKind


class NamedBy(Enum):
    """Where the name of the used thing comes from."""

    LIBRARY = "library"
    FIRST = "first"
    SECOND = "second"
    """FIRST and SECOND are the position of the argument that names it."""
    CONSTRUCTOR = "constructor"
    """The first argument of the call that made the object."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One kind of outside use, and where its name comes from; `keyword` is the argument's name."""

    kind: ExternalKind
    named_by: NamedBy = NamedBy.LIBRARY
    keyword: str = ""


_HTTP_FIRST = Outlet(ExternalKind.HTTP, NamedBy.FIRST, "url")
_HTTP_SECOND = Outlet(ExternalKind.HTTP, NamedBy.SECOND, "url")
_QUEUE = Outlet(ExternalKind.QUEUE)
_CACHE = Outlet(ExternalKind.CACHE)
_MAIL = Outlet(ExternalKind.MAIL)
_FILE = Outlet(ExternalKind.FILE)
_FILE_FIRST = Outlet(ExternalKind.FILE, NamedBy.FIRST, "file")
_FILE_MADE = Outlet(ExternalKind.FILE, NamedBy.CONSTRUCTOR)
_VARIABLE = Outlet(ExternalKind.ENVIRONMENT, NamedBy.FIRST, "key")
_PROGRAM = Outlet(ExternalKind.SUBPROCESS, NamedBy.FIRST, "args")

_CLIENTS = (
    "requests", "requests.Session()", "requests.session()", "httpx", "httpx.Client()", "httpx.AsyncClient()",
)  # fmt: skip
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_FILE_METHODS = (
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "rmdir", "rename",
    "replace", "touch", "symlink_to", "hardlink_to", "iterdir", "glob", "rglob", "exists", "is_file",
    "is_dir", "stat",
)  # fmt: skip
_FOLDER_FUNCTIONS = (
    "open", "remove", "unlink", "rename", "replace", "makedirs", "mkdir", "rmdir", "listdir", "walk", "scandir",
)  # fmt: skip


def _http() -> dict[str, Outlet]:
    found: dict[str, Outlet] = {}
    for client in _CLIENTS:
        found.update({f"{client}.{verb}": _HTTP_FIRST for verb in _VERBS})
        found[f"{client}.request"] = _HTTP_SECOND
        found[f"{client}.stream"] = _HTTP_SECOND
    for verb in _VERBS:
        found[f"aiohttp.ClientSession().{verb}"] = _HTTP_FIRST
    found.update(
        {
            "aiohttp.ClientSession().request": _HTTP_SECOND,
            "aiohttp.ClientSession().ws_connect": _HTTP_FIRST,
            "aiohttp.request": _HTTP_SECOND,
            "urllib.request.urlopen": _HTTP_FIRST,
            "urllib.request.urlretrieve": _HTTP_FIRST,
            "urllib3.request": _HTTP_SECOND,
            "urllib3.PoolManager().request": _HTTP_SECOND,
            "urllib3.PoolManager().urlopen": _HTTP_SECOND,
            "http.client.HTTPConnection()": Outlet(ExternalKind.HTTP, NamedBy.CONSTRUCTOR),
            "http.client.HTTPSConnection()": Outlet(ExternalKind.HTTP, NamedBy.CONSTRUCTOR),
            "websockets.connect": _HTTP_FIRST,
            "xmlrpc.client.ServerProxy": _HTTP_FIRST,
            "httplib2.Http().request": _HTTP_FIRST,
            "niquests": _HTTP_FIRST,
        }
    )
    return found


def _messages() -> dict[str, Outlet]:
    queues = (
        "kombu.Producer()", "kombu.Connection()", "kombu.Consumer()", "kombu.Queue()", "pika", "aio_pika",
        "aiokafka", "kafka", "confluent_kafka", "nats", "stomp", "rq.Queue()", "dramatiq", "huey",
        "boto3.client(sqs)", "boto3.client(sns)", "boto3.resource(sqs)", "google.cloud.pubsub_v1",
        "azure.servicebus", "flask_socketio.SocketIO()", "redis.Redis().publish",
        "redis.StrictRedis().publish", "redis.asyncio.Redis().publish", "arq",
    )  # fmt: skip
    caches = (
        "django.core.cache.cache", "django.core.cache.caches", "redis", "redis.asyncio", "aioredis",
        "django_redis", "pymemcache", "memcache", "bmemcached", "flask_caching.Cache()", "cachelib",
        "dogpile.cache", "aiocache",
    )  # fmt: skip
    mail = (
        "smtplib.SMTP()", "smtplib.SMTP_SSL()", "aiosmtplib", "django.core.mail.send_mail",
        "django.core.mail.send_mass_mail", "django.core.mail.mail_admins", "django.core.mail.mail_managers",
        "django.core.mail.EmailMessage().send", "django.core.mail.EmailMultiAlternatives().send",
        "django.core.mail.get_connection", "flask_mail.Mail()", "flask_mailman.EmailMessage().send",
        "fastapi_mail.FastMail()", "sendgrid", "postmarker", "boto3.client(ses)", "boto3.client(sesv2)",
        "emails", "yagmail",
    )  # fmt: skip
    found: dict[str, Outlet] = {}
    found.update(dict.fromkeys(queues, _QUEUE))
    found.update(dict.fromkeys(caches, _CACHE))
    found.update(dict.fromkeys(mail, _MAIL))
    return found


def _files() -> dict[str, Outlet]:
    found = {f"pathlib.Path().{method}": _FILE_MADE for method in _FILE_METHODS}
    found.update({f"anyio.Path().{method}": _FILE_MADE for method in _FILE_METHODS})
    found.update({f"os.{name}": _FILE_FIRST for name in _FOLDER_FUNCTIONS})
    found.update(
        {
            "builtins.open": _FILE_FIRST,
            "io.open": _FILE_FIRST,
            "codecs.open": _FILE_FIRST,
            "aiofiles.open": _FILE_FIRST,
            "anyio.open_file": _FILE_FIRST,
            "gzip.open": _FILE_FIRST,
            "shutil": _FILE,
            "tempfile": _FILE,
            "zipfile.ZipFile": _FILE_FIRST,
            "tarfile.open": _FILE_FIRST,
            "django.core.files.storage.default_storage": _FILE,
            "django.core.files.storage.FileSystemStorage()": _FILE,
            "boto3.client(s3)": _FILE,
            "boto3.resource(s3)": _FILE,
            "google.cloud.storage": _FILE,
            "azure.storage.blob": _FILE,
            "minio.Minio()": _FILE,
            "flask_fs.Storage()": _FILE,
            "fsspec.open": _FILE_FIRST,
        }
    )
    return found


def _system() -> dict[str, Outlet]:
    return {
        "os.getenv": _VARIABLE,
        "os.environ.get": _VARIABLE,
        "os.environ.setdefault": _VARIABLE,
        "os.environ.pop": _VARIABLE,
        "environ.Env()": _VARIABLE,
        "decouple.config": _VARIABLE,
        "subprocess.run": _PROGRAM,
        "subprocess.call": _PROGRAM,
        "subprocess.check_call": _PROGRAM,
        "subprocess.check_output": _PROGRAM,
        "subprocess.Popen": _PROGRAM,
        "subprocess.getoutput": _PROGRAM,
        "asyncio.create_subprocess_exec": _PROGRAM,
        "asyncio.create_subprocess_shell": _PROGRAM,
        "anyio.open_process": _PROGRAM,
        "anyio.run_process": _PROGRAM,
        "os.system": _PROGRAM,
        "os.popen": _PROGRAM,
        "os.execv": _PROGRAM,
        "os.execvp": _PROGRAM,
        "sh": Outlet(ExternalKind.SUBPROCESS),
    }


OUTLETS: dict[str, Outlet] = {**_http(), **_messages(), **_files(), **_system()}
"""All patterns with their meanings."""

QUIET = frozenset(
    {
        "requests.Session", "requests.session", "requests.exceptions", "requests.auth", "requests.adapters",
        "httpx.Client", "httpx.AsyncClient", "httpx.Timeout", "httpx.Limits", "aiohttp.ClientSession",
        "aiohttp.ClientTimeout", "pathlib.Path", "tempfile.gettempdir", "shutil.which",
    }
)  # fmt: skip
"""Paths below a pattern that only make an object or an error: they touch nothing themselves."""

CLIENT_MAKERS = frozenset(
    {
        "", "caches", "client", "configure", "create_pool", "from_pool", "from_url", "get_backend", "get_cache",
        "get_client", "get_connection", "get_redis_connection", "init_app", "lock", "make_region", "multi_exec",
        "pipeline", "pubsub", "register_script", "with_prefix",
    }
)  # fmt: skip
"""Names below a cache library that make a client, like its classes, and touch nothing themselves."""
