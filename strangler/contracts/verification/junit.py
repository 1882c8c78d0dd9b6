"""Writes a run as JUnit XML, which every CI displays: a test for each operation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from strangler.contracts.verification.finding import Finding
from strangler.contracts.verification.report import OperationReport, Report
from strangler.model.quantity import quantity

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot express (section 2.2)."""


def junit(service: str, report: Report, *, strict: bool) -> bytes:
    """The report as a suite named after the service. What is not proven is skipped, or fails if `strict`.

    An operation with findings fails; the union of an event with findings is a test, too.
    """
    suite = Xml.Element("testsuite", name=_text(service))
    found: dict[str, list[Finding]] = {item.operation: [] for item in report.operations}
    for item in report.findings:
        found.setdefault(item.operation, []).append(item)
    reports = {item.operation: item for item in report.operations}
    for name, findings in found.items():
        case = Xml.SubElement(suite, "testcase", classname=_text(service), name=_text(name))
        _tell(case, findings, reports.get(name), strict=strict)
    suite.set("tests", f"{len(found)}")
    for key, tag in (("failures", "failure"), ("skipped", "skipped")):
        suite.set(key, f"{len(suite.findall(f'testcase/{tag}'))}")
    suite.set("errors", "0")
    whole = Xml.Element("testsuites")
    whole.append(suite)
    Xml.indent(whole)
    return Xml.tostring(whole, encoding="utf-8", xml_declaration=True) + b"\n"


def _tell(case: Xml.Element, findings: Sequence[Finding], report: OperationReport | None, *, strict: bool) -> None:
    place = findings[0].place if report is None else report.place
    case.set("file", _text(place.file))
    case.set("line", f"{place.line}")
    unproven = "" if report is None else report.unproven
    if findings:
        rules = ", ".join(dict.fromkeys(item.rule.value for item in findings))
        message = f"{quantity(len(findings), 'finding')}: {rules}"
        failure = Xml.SubElement(case, "failure", type=findings[0].rule.value, message=message)
        failure.text = _text("\n\n".join(map(_said, findings)))
    elif unproven:
        Xml.SubElement(case, "failure" if strict else "skipped", message=_text(f"not proven: {unproven}"))


def _said(item: Finding) -> str:
    times = f" (the first of {item.count:,})" if item.count > 1 else ""
    return (
        f"{item.rule.value}: {item.subject}  {item.place}\nexpected: {item.expected}\ncame: {item.came}\n"
        f"sent: {item.case}{times}\n{item.request}"
    )


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
