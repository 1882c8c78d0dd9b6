"""The kinds of values and calls that frameworks say they look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler_analyzers.frameworks.catalogue import FRAMEWORKS
from strangler_analyzers.linker.knowledge import EffectRule, Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    KINDS,
    ClassValue,
    ConstantValue,
    Container,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MappingValue,
    MethodValue,
    ModuleValue,
    ParameterValue,
    Record,
    Rows,
    RowsMethod,
    SequenceValue,
    Statement,
    StatementMethod,
    SumValue,
    SuperValue,
    Value,
)
from strangler_analyzers.source import syntax as s
from tests.analyzers.source_tree import linked

PROGRAM = """
    import celery
    from django.db import models
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Order(models.Model):
        label = models.TextField()

    class Base(DeclarativeBase): ...

    class Line(Base):
        __tablename__ = "line"
        id: Mapped[int] = mapped_column(primary_key=True)

    @celery.shared_task
    def work(request): ...
"""
NAMES = ("objects", "label", "request", "run", "delay", "query", "items", "id", "user", "pk")


def _values(resolver: Resolver) -> list[Value]:
    """Two or more of every kind."""
    program = resolver.program
    values: list[Value] = [ModuleValue("shop"), ConstantValue("x"), Container(()), External("django.conf.settings")]
    values += [External("django.http.HttpRequest()"), External("flask_sqlalchemy.SQLAlchemy()")]
    frame = Frame(program.units["shop"].scope)
    values += [SequenceValue(s.Sequence(()), frame), MappingValue(s.Mapping((), ()), frame)]
    values += [SumValue(s.Sequence(()), s.Sequence(()), frame)]
    function = program.functions["shop:work"]
    values += [FunctionValue(function), ParameterValue(function, "request")]
    for scope in (program.classes["shop:Order"], program.classes["shop:Line"]):
        rows, statement = Rows(scope, "queryset:objects"), Statement("query", ((InstanceValue(scope),),))
        values += [ClassValue(scope), InstanceValue(scope), SuperValue(scope, scope), MethodValue(function, scope)]
        values += [rows, RowsMethod(rows, "all"), statement, StatementMethod(statement, "all")]
        values += [Record(((InstanceValue(scope),),))]
    assert {type(value) for value in values} == set(KINDS)
    return values


def _declares(part: object, name: str) -> bool:
    return any(name in vars(kind) for kind in type(part).__mro__[:-2])


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    """A resolver over a program with a bit of everything, which knows all frameworks."""
    knowledge = [part for framework in FRAMEWORKS for part in framework().knowledge()]
    return linked(Path(tmp_path_factory.mktemp("kinds")), {"shop.py": PROGRAM}, knowledge).resolver


def test_what_is_not_asked_would_say_nothing(resolver: Resolver) -> None:
    """No part knows the attributes or the calls of a kind of values that it leaves out."""
    values = _values(resolver)
    frame = Frame(resolver.program.units["shop"].scope)
    parts: list[Knowledge] = [part for framework in FRAMEWORKS for part in framework().knowledge()]
    for part in parts:
        part.prepare(resolver)
    assert any(_declares(part, "attributes_of") for part in parts)
    for part in parts:
        for value in values:
            for name in NAMES:
                call = s.Call(s.Attribute(s.Name("x"), name, 1), (), (), 1, 0)
                if type(value) not in part.attributes_of:
                    assert part.attribute(resolver, value, name) is None, (part, value, name)
                if type(value) not in part.calls_of:
                    assert part.call(resolver, value, call, frame) is None, (part, value, name)


def test_what_rules_are_not_asked_would_do_nothing(resolver: Resolver) -> None:
    """No rule finds anything at a call that goes by another name than it looks for and calls nothing it looks at."""
    values = _values(resolver)
    frame = Frame(resolver.program.units["shop"].scope)
    rules: list[EffectRule] = [rule for framework in FRAMEWORKS for rule in framework().effects()]
    call = s.Call(s.Attribute(s.Name("Order"), "no_such_name", 1), (s.Constant("DELETE FROM orders"),), (), 1, 0)
    assert any(rule.calls_named is not None for rule in rules)
    for rule in rules:
        if rule.calls_named is not None:
            for value in values:
                if type(value) not in rule.calls_of:
                    assert not list(rule.of_call(resolver, call, (value,), frame)), (rule, value)
                    assert not list(rule.hands_over(resolver, call, (value,), frame)), (rule, value)
            assert not list(rule.of_call(resolver, call, (), frame)), rule
