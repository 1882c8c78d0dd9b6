"""connexion: applications whose routes an OpenAPI document names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler.model.location import Location
from strangler.model.system import Route, SkippedFile
from strangler_analyzers.frameworks.connexion.document_tree import DocumentError
from strangler_analyzers.frameworks.connexion.functions import Functions
from strangler_analyzers.frameworks.connexion.operations import OpenApi, Operation, openapi_of
from strangler_analyzers.frameworks.connexion.registrations import Served, is_connexion, served_documents
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.frameworks.web_packages import CONNEXION
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.source.documents import MAX_BYTES, Document


class Connexion(Framework):
    """connexion 2 and 3."""

    name = CONNEXION

    def __init__(self) -> None:
        self._found: tuple[list[Route], list[SkippedFile]] | None = None

    def present(self, program: Program) -> bool:
        """Whether the program imports connexion, and has a document."""
        return bool(program.documents) and imports_any(program, frozenset({CONNEXION}))

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The operations of every document that the program serves."""
        return self._read(resolver)[0]

    def unread(self, resolver: Resolver) -> Iterable[SkippedFile]:
        """Served documents that cannot be read, and operations without a function of the program."""
        return self._read(resolver)[1]

    def _read(self, resolver: Resolver) -> tuple[list[Route], list[SkippedFile]]:
        if self._found is None:
            routes: list[Route] = []
            unread: list[SkippedFile] = []
            read: dict[str, OpenApi | str] = {}
            evaluator = Evaluator(resolver, is_connexion)
            functions = Functions(evaluator)
            for served in served_documents(evaluator):
                file = served.document.file
                if file not in read:
                    read[file] = _document(served.document)
                match read[file]:
                    case str() as reason:
                        unread.append(SkippedFile(file, reason))
                    case OpenApi() as document:
                        found = _Application(functions, served, document)
                        routes += found.routes()
                        unread += found.unread()
            self._found = routes, unread
        return self._found


def _document(document: Document) -> OpenApi | str:
    """What a document says, or why it cannot be read."""
    if document.text is None:
        return f"an OpenAPI document larger than {MAX_BYTES // 1024 // 1024} MiB"
    try:
        return openapi_of(document.text)
    except DocumentError as error:
        return f"an OpenAPI document that cannot be read: {error}"


class _Application:
    """A document as one call serves it."""

    def __init__(self, functions: Functions, served: Served, document: OpenApi) -> None:
        self._functions = functions
        self._served = served
        self._base = document.base_path if served.base_path is None else served.base_path.rstrip("/")
        self._operations = document.operations

    def routes(self) -> Iterator[Route]:
        for operation in self._operations:
            name = self._served.naming.of(operation)
            found = self._functions.named(name)
            if found is None:
                continue
            checks = [check for each in operation.security if (check := self._functions.named(each)) is not None]
            yield Route(
                path=f"{self._base}{operation.template}" or "/",
                method=operation.method,
                handler=found.name,
                framework=CONNEXION,
                location=Location(self._served.scope.module.file, self._served.call.line),
                name=operation.operation_id or name or "",
                entry=tuple(dict.fromkeys(scope.name for scope in (*checks, found))),
                first_own=len(set(checks) - {found}),
            )

    def unread(self) -> Iterator[SkippedFile]:
        """One line for all operations of the document that no function of the program answers."""
        missing = [each for each in self._operations if self._functions.named(self._served.naming.of(each)) is None]
        if missing:
            others = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
            first = self._spelled(missing[0])
            yield SkippedFile(
                self._served.document.file, f"an operation whose function is not in the source: {first}{others}"
            )

    def _spelled(self, operation: Operation) -> str:
        named = self._served.naming.of(operation)
        return f"{operation.method} {operation.path}" + (f" ({named})" if named else "")
