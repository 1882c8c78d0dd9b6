"""Reads ``strangler.toml`` strictly: every problem of the file is reported at once, each with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from strangler.model.errors import ConfigurationError
from strangler.project import (
    FILE_NAME,
    Address,
    ColumnSource,
    Expression,
    Framework,
    Gateway,
    Identity,
    KeyColumn,
    KeyKind,
    Monolith,
    Project,
    RouteMatch,
    RouteRule,
    Service,
    StickyKey,
    StickySource,
    TableMapping,
    Traffic,
)
from strangler.secret import MASK, Reference, mask_url
from strangler.toml_positions import key_positions
from strangler.toml_section import Document, Section

_SERVICE_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_METHOD = re.compile(r"[A-Z]+")
_HOST_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/]+):(?P<port>\d{1,5})")
_MALFORMED_REFERENCE = re.compile(r"\$(?!\{[A-Za-z_][A-Za-z0-9_]*\})\{?")
_LOGIN = re.compile(r"(\w+://)?.*@", re.DOTALL)
_TOML_PLACE = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")


def find_project_file(start: Path) -> Path | None:
    """Find the nearest strangler.toml in `start` or above it; None when there is none."""
    folder = start.resolve()
    return next((path for parent in (folder, *folder.parents) if (path := parent / FILE_NAME).is_file()), None)


def load_project(start: Path) -> Project:
    """Read the project `start` belongs to; ConfigurationError when there is none or it is wrong."""
    path = find_project_file(start)
    if path is None:
        raise ConfigurationError(
            f"no {FILE_NAME} here or in a folder above", where=str(start), remedy="run: strangler init"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"can not be read: {error}", where=str(path)) from error
    return parse_project(text, path)


def parse_project(text: str, path: Path = Path(FILE_NAME)) -> Project:
    """Read the text of a project file; ConfigurationError carries every problem found in it."""
    file = str(path)
    if text.startswith("\ufeff"):
        raise ConfigurationError(
            "begins with a byte-order mark, which TOML does not know",
            where=f"{file}:1:1",
            remedy="save it as UTF-8 without one",
        )
    try:
        values = tomllib.loads(text)
        positions = key_positions(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, file) from None
    except RecursionError:
        raise ConfigurationError("values are nested too deeply to be read", where=file) from None
    document = Document(file, positions)
    project = _project(Section(document, (), values), path)
    if document.problems:
        ordered = sorted(document.problems, key=lambda problem: (problem.line, problem.column))
        raise ConfigurationError.of(tuple(ordered))
    return project


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, file: str) -> ConfigurationError:
    match = _TOML_PLACE.fullmatch(str(error))
    what = match["what"] if match else str(error)
    if match and match["line"]:
        place = f"{match['line']}:{match['column']}"
    else:
        last_line = text.rpartition("\n")[2]
        place = f"{text.count(chr(10)) + 1}:{len(last_line) + 1}"
    return ConfigurationError(f"not valid TOML: {what[:1].lower()}{what[1:]}", where=f"{file}:{place}")


def _project(root: Section, path: Path) -> Project:
    services = {name: _service(name, section) for name, section in root.section("services").sections().items()}
    routes = root.section_list("routes")
    etl = root.section("etl")
    project = Project(
        path=path,
        monolith=_monolith(root.section("monolith")),
        services=services,
        gateway=_gateway(root.section("gateway")),
        routes=tuple(_route(section, services) for section in routes),
        etl={name: _etl(name, section, services) for name, section in etl.sections().items()},
    )
    _report_shared(root.section("services"), services)
    root.close()
    return project


def _monolith(section: Section) -> Monolith:
    framework = section.choice("framework", tuple(Framework))
    monolith = Monolith(
        root=section.text("root") or ".",
        framework=Framework(framework) if framework else None,
        settings=section.text("settings"),
        urlconf=section.text("urlconf"),
        database=_database(section),
        upstreams=_upstreams(section),
        concurrency=section.count("concurrency"),
    )
    section.close()
    return monolith


def _service(name: str, section: Section) -> Service:
    if not _SERVICE_NAME.fullmatch(name):
        section.document.report(
            section.path, f"the service name {name} must be lower-case letters, digits, - and _, a letter first"
        )
    service = Service(
        name=name,
        modules=section.texts("modules"),
        tables=section.texts("tables"),
        database=_database(section),
        upstreams=_upstreams(section),
        concurrency=section.count("concurrency"),
        design=section.text("design"),
    )
    section.close()
    return service


def _gateway(section: Section) -> Gateway:
    gateway = Gateway(
        listen=section.parsed("listen", parse_address),
        admin=tuple(address for text in section.texts("admin") if (address := _admin(section, text))),
        token=_secret(section, "token"),
        identity=_identity(section.section("identity")),
    )
    section.close()
    return gateway


def _identity(section: Section) -> Identity | None:
    if not section.values:
        return None
    whoami = section.required_text("whoami")
    key = _secret(section, "key")
    if whoami and not whoami.startswith("/"):
        section.report("whoami", f"the path {whoami} must begin with /")
    if key is None and "key" not in section.values:
        section.document.report(section.path, f"{section.name} needs key")
    section.close()
    return Identity(whoami, key) if key else None


def _admin(section: Section, text: str) -> Address | None:
    try:
        return parse_address(text)
    except ValueError as error:
        section.report("admin", f"admin {error}")
        return None


def _route(section: Section, services: Mapping[str, Service]) -> RouteRule:
    rule = RouteRule(
        match=_match(section.section("match")),
        service=section.required_text("service"),
        traffic=_traffic(section.section("traffic")),
    )
    if rule.service:
        _report_unknown_service(section, "service", rule.service, services)
    section.close()
    return rule


def _match(section: Section) -> RouteMatch:
    match = RouteMatch(path=section.required_text("path"), methods=section.texts("methods"))
    if match.path and not match.path.startswith("/"):
        section.report("path", f"the path {match.path} must begin with /")
    for method in match.methods:
        if not _METHOD.fullmatch(method):
            section.report("methods", f"the method {method} must be upper case", f"write {method.upper()}")
    section.close()
    return match


def _traffic(section: Section) -> Traffic:
    traffic = Traffic(
        v2=section.number("v2", 0, 100) or 0,
        shadow=section.number("shadow", 0, 100) or 0,
        sticky=section.parsed("sticky", _sticky),
    )
    section.close()
    return traffic


def _etl(name: str, section: Section, services: Mapping[str, Service]) -> tuple[TableMapping, ...]:
    if name not in services:
        _report_unknown_service(section, None, name, services)
    tables = section.section("tables").sections()
    mappings = tuple(_mapping(table, entry) for table, entry in tables.items())
    section.close()
    return mappings


def _mapping(table: str, section: Section) -> TableMapping:
    columns = section.section("columns")
    mapping = TableMapping(
        source=table,
        target=section.text("target") or table,
        columns={name: source for name in columns.values if (source := _column(columns, name))},
        drop=section.texts("drop"),
        joins=_expressions(section.section("joins")),
        where=section.text("where"),
        reverse=_expressions(section.section("reverse")),
    )
    section.close()
    return mapping


def _column(columns: Section, name: str) -> ColumnSource | None:
    if not isinstance(columns.values[name], dict):
        sql = columns.text(name)
        return Expression(sql) if sql else None
    section = columns.section(name)
    kind = section.choice("key", tuple(KeyKind))
    if "key" not in section.values:
        section.document.report(section.path, f"{section.name} needs key", 'write { key = "uuid" }')
    column = KeyColumn(KeyKind(kind or KeyKind.UUID), of=section.text("of"), column=section.text("from"))
    section.close()
    return column


def _expressions(section: Section) -> dict[str, str]:
    texts = {name: text for name in section.values if (text := section.text(name))}
    section.close()
    return texts


def _secret(section: Section, key: str) -> Reference | None:
    text = section.text(key)
    if text is None:
        return None
    if not Reference(text, "").names:
        section.report(
            key,
            f"{key} must not stand in the file",
            f'write {key} = "${{NAME}}", and set NAME in the environment',
        )
    return _reference(section, key, text)


def _database(section: Section) -> Reference | None:
    text = section.text("database")
    if text is None:
        return None
    if mask_url(text) != text:
        section.report(
            "database",
            f"the password must not stand in the file: {mask_url(text)}",
            f"write ${{NAME}} in place of the URL or of {MASK}, and set NAME in the environment",
        )
    return _reference(section, "database", text)


def _upstreams(section: Section) -> tuple[Reference, ...]:
    texts = section.texts("upstreams")
    for text in texts:
        if "@" in text:
            shown = _LOGIN.sub(rf"\1{MASK}@", text)
            section.report("upstreams", f"an upstream has no user and no password: {shown}", "write http://HOST:PORT")
        elif not text.startswith(("http://", "https://", "${")):
            section.report("upstreams", f"the upstream {text} must begin with http:// or https://")
    return tuple(_reference(section, "upstreams", text) for text in texts)


def _reference(section: Section, key: str, text: str) -> Reference:
    if _MALFORMED_REFERENCE.search(text):
        section.report(key, f"{key} has a $ that names nothing", "write ${NAME} to name the environment")
    return Reference(text, section.where(key))


def parse_address(text: str) -> Address:
    """Read ``host:port``; ValueError says what it must be."""
    match = _HOST_PORT.fullmatch(text)
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise ValueError("must be host:port, as in 127.0.0.1:9900")
    return Address(match["host"], int(match["port"]))


def _sticky(text: str) -> StickyKey:
    source, _, name = text.partition(":")
    named = source in (StickySource.COOKIE, StickySource.HEADER)
    if source not in tuple(StickySource) or named != bool(name):
        raise ValueError("must be cookie:NAME, header:NAME, user or client")
    return StickyKey(StickySource(source), name)


def _report_unknown_service(section: Section, key: str | None, name: str, services: Mapping[str, Service]) -> None:
    if name in services:
        return
    near = get_close_matches(name, services, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"declare it: [services.{name}]"
    path = section.path if key is None else (*section.path, key)
    section.document.report(path, f"there is no service {name}", remedy)


def _report_shared(section: Section, services: Mapping[str, Service]) -> None:
    for kind in ("modules", "tables"):
        owners: dict[str, str] = {}
        for name, service in services.items():
            owned: Sequence[str] = service.modules if kind == "modules" else service.tables
            for item in owned:
                owner = owners.setdefault(item, name)
                if owner != name:
                    section.document.report(
                        (*section.path, name, kind), f"{item} already belongs to the service {owner}"
                    )
