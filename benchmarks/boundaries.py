"""How well boundaries are found on real applications whose folders are hidden; an app folder is the truth.

    python -m benchmarks.boundaries [--quick] [--only NAME] [--json]

| metric | ours | beside it |
|---|---|---|
| ari_vs_louvain, ..._free | adjusted Rand index, an application each | networkx Louvain (seeded) on the file profiles |
| ari_vs_best, ..._free | the same | the best of Louvain, label propagation and file-profile agglomeration |
| ari_one_file_vs_keys, ..._free | the same, with all models in one file | foreign keys alone |
| labels20_accuracy | the part of the tables that has its true app after 20 questions | |
| synthetic_seconds, synthetic_mb | 10,000 tables, 100,000 functions | |

Metrics that end in ``_held_out`` are of applications that no weight was chosen on; docs/boundaries.md says what was
known of them.
The number of services is given, except for what ends in ``_free``. Louvain with it is the resolution whose number comes
nearest. The wheels are downloaded, unpacked and never executed. `--quick` takes three applications and a synthetic
system of a tenth; `--only` (repeatable) the applications that are named, and nothing synthetic. Each application is
scored in a process of its own, two at a time; what was extracted of it is kept until the extractor changes, and one
whose analysis takes over two minutes of processor time is left out. Progress goes to stderr.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context

from benchmarks.communities import label_propagation, louvain, network
from benchmarks.hidden_applications import AnalysisTooSlowError, Application
from benchmarks.hidden_names import HiddenSystem
from benchmarks.metric import Metric, as_json
from benchmarks.one_file import in_one_file
from benchmarks.partition_scores import Partition, adjusted_rand_index, label_accuracy, mojofm
from benchmarks.wheels import WheelUnavailableError
from strangler_analyzers.boundaries.clustering import Clustering, cluster
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.boundaries.profiles import Signal, profiles
from strangler_analyzers.boundaries.similarity import Similarity
from strangler_analyzers.graph.system_graph import SystemGraph

_QUICK = (
    Application("django-oscar==4.2.1", "oscar"),
    Application("saleor==2.10.1", "saleor"),
    Application("weblate==2026.10.1", "weblate"),
)
_APPLICATIONS = (
    *_QUICK,
    Application("allianceauth==5.5.0", "allianceauth"),
    Application("coldfront==1.1.10", "coldfront"),
    Application("indico==3.3.14", "indico"),
    Application("kolibri==0.19.5", "kolibri", exclude=("dist",)),  # four thousand files of other people's packages
    Application("kiwitcms==12.4", "tcms"),
    Application("mayan-edms==4.12.2", "mayan"),
    Application("misago==0.39.6", "misago"),
    Application("modoboa==2.12.0", "modoboa"),
    Application("nautobot==3.2.7", "nautobot"),
    Application("netbox==4.7.3", ""),
    Application("pretix==2026.8.0", "pretix"),
    Application("rdmo==2.5.2", "rdmo"),
    Application("shuup==3.1.0", "shuup"),
    Application("wger==2.1", "wger"),
)
_HELD_OUT = (
    Application("label-studio==1.23.2", "label_studio"),
    Application("pretalx==2026.2.1", "pretalx"),
    Application("reviewboard==8.1", "reviewboard"),
    Application("wagtail==8.0.1", "wagtail"),
    Application("waldur-mastermind==4.5.1", ""),
    Application("byro==2026.4.0", "byro"),
    Application("edx-enterprise==8.18.0", ""),
    Application("evennia==6.1.0", "evennia"),
    Application("geonode==5.1.1", "geonode"),
    Application("keystone==30.0.0", "keystone"),
    Application("lemur==1.9.3", "lemur"),
    Application("mezzanine==6.1.1", "mezzanine"),
    Application("openedx-core==1.15.2", ""),
    Application("ckan==2.12.0", ""),
    Application("django-fobi==0.19.9", ""),
    Application("openwisp-controller==1.3.2", ""),
    Application("swh-web==0.17.13", ""),
    Application("abilian-sbe==1.1.15", ""),
    Application("flaskbb==2.2.0", "flaskbb"),
    Application("froide==5.0.0", "froide"),
    Application("longclaw==1.0.2", "longclaw"),
    Application("neutron==29.0.0", "neutron"),
    Application("squad==1.98", "squad"),
)
_AT_ONCE = 2
"""Processes: each needs up to a gigabyte and a core."""
_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class OneFile:
    """Indices of an application as if all its models were in one file: ours, and clustering by foreign keys alone."""

    ours: float
    keys: float
    ours_free: float
    keys_free: float


@dataclass(frozen=True, slots=True)
class Scores:
    """The indices of one application by method, with the number of services given and without."""

    name: str
    tables: int
    apps: int
    given: Mapping[str, float]
    free: Mapping[str, float]
    mojofm: Mapping[str, float]
    labels: float
    one_file: OneFile

    @property
    def rivals(self) -> Sequence[str]:
        """The methods ours is compared with."""
        return [method for method in self.given if method != "ours"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an application: its scores, or why there are none, and how many seconds each part took."""

    scores: Scores | None
    told: str


def main(arguments: list[str]) -> int:
    """Score every application that can be had; 0, or 4 when none can."""
    parser = argparse.ArgumentParser(description="Score boundaries against app folders that were hidden.")
    parser.add_argument("--quick", action="store_true", help="three applications, a smaller synthetic system")
    parser.add_argument("--only", action="append", metavar="NAME", help="this application alone (repeatable)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    wanted = _QUICK if options.quick else (*_APPLICATIONS, *_HELD_OUT)
    if options.only:
        wanted = tuple(item for item in (*_APPLICATIONS, *_HELD_OUT) if item.name in options.only)
        if len(wanted) < len(set(options.only)):
            names = ", ".join(item.name for item in (*_APPLICATIONS, *_HELD_OUT))
            parser.error(f"--only takes a name of these: {names}")
    found = {scores.name: scores for scores in _scored(wanted, quiet=options.json)}
    seen = [found[item.name] for item in _APPLICATIONS if item.name in found]
    held_out = [found[item.name] for item in _HELD_OUT if item.name in found]
    metrics = [*_compared(seen), *_compared(held_out, "_held_out")]
    metrics += [] if options.only else _synthetic(tenth=options.quick)
    if options.json:
        print(as_json(metrics))
    else:
        _print_worst(seen, "worst")
        _print_worst(held_out, "worst held out")
        _print_metrics(metrics)
    return 0 if found else 4


def _scored(applications: Sequence[Application], *, quiet: bool) -> Iterator[Scores]:
    """The scores in the order of the applications; progress is told as it comes."""
    begun = time.monotonic()
    ended: list[Application] = []

    def tell(application: Application, outcome: Future[Outcome]) -> None:
        ended.append(application)
        told = "failed" if outcome.exception() else outcome.result().told
        place = f"{len(ended)}/{len(applications)}, {time.monotonic() - begun:.0f} s"
        print(f"[{place}] {application.requirement}: {told}", file=sys.stderr, flush=True)

    # A process for each application: what one needed is free again before the next.
    with ProcessPoolExecutor(_AT_ONCE, get_context("spawn"), max_tasks_per_child=1) as pool:
        outcomes = [pool.submit(_outcome, application) for application in applications]
        for application, outcome in zip(applications, outcomes, strict=True):
            outcome.add_done_callback(partial(tell, application))
        for outcome in outcomes:
            scores = outcome.result().scores
            if scores is not None:
                if not quiet:
                    _print(scores)
                yield scores


def _outcome(application: Application) -> Outcome:
    begun = time.monotonic()
    try:
        system = application.system()
    except (WheelUnavailableError, AnalysisTooSlowError) as error:
        return Outcome(None, f"skipped: {error}")
    extracted = time.monotonic()
    scores = _scores(application.name, system)
    return Outcome(scores, f"extracted in {extracted - begun:.0f} s, scored in {time.monotonic() - extracted:.0f} s")


def _scores(name: str, system: HiddenSystem) -> Scores:
    graph, truth = SystemGraph(system.facts), system.truth
    ours = cluster(graph)
    files = _alone(ours, graph, Signal.FILES)
    apps = len(set(truth.values()))
    given: dict[str, Partition] = {"ours": ours.partition(apps), "files": files.partition(apps)}
    free: dict[str, Partition] = {"ours": ours.partition(), "files": files.partition()}
    graph_of_files = network(files)
    given["louvain"], free["louvain"] = louvain(graph_of_files, apps), louvain(graph_of_files)
    given["propagation"] = free["propagation"] = label_propagation(graph_of_files)
    labels = {table: truth[table] for table in ours.questions(_QUESTIONS) if table in truth}
    return Scores(
        name,
        len(truth),
        apps,
        {method: adjusted_rand_index(partition, truth) for method, partition in given.items()},
        {method: adjusted_rand_index(partition, truth) for method, partition in free.items()},
        {method: mojofm(partition, truth) for method, partition in given.items()},
        label_accuracy(cluster(graph, Constraints(labels)).labelled(), truth),
        _one_file(in_one_file(system), apps),
    )


def _one_file(system: HiddenSystem, apps: int) -> OneFile:
    graph = SystemGraph(system.facts)
    ours = cluster(graph)
    keys = _alone(ours, graph, Signal.KEYS)
    found = (ours.partition(apps), keys.partition(apps), ours.partition(), keys.partition())
    return OneFile(*(adjusted_rand_index(partition, system.truth) for partition in found))


def _alone(ours: Clustering, graph: SystemGraph, signal: Signal) -> Clustering:
    """The same tables grown by one signal and nothing else."""
    similarity = Similarity(profiles(graph, ours.tables), {signal: 1.0})
    return replace(ours, similarity=similarity)


def _compared(found: Sequence[Scores], of: str = "") -> Iterator[Metric]:
    if not found:
        return
    for suffix in ("", "_free"):
        louvain = Metric(f"ari_vs_louvain{suffix}{of}", "Louvain", "mean 0.15 above", "ARI")
        best = Metric(f"ari_vs_best{suffix}{of}", "best of the others", "nowhere below", "ARI")
        for scores in found:
            values = scores.free if suffix else scores.given
            louvain.add(values["ours"], values["louvain"])
            best.add(values["ours"], max(values[method] for method in scores.rivals))
        yield from (louvain, best)
    one_file = Metric(f"ari_one_file_vs_keys{of}", "keys alone", "above", "ARI")
    one_file_free = Metric(f"ari_one_file_vs_keys_free{of}", "keys alone", "above", "ARI")
    for scores in found:
        one_file.add(scores.one_file.ours, scores.one_file.keys)
        one_file_free.add(scores.one_file.ours_free, scores.one_file.keys_free)
    yield from (one_file, one_file_free)
    labels = Metric(f"labels20_accuracy{of}", "", ">= 0.95", "ratio")
    for scores in found:
        labels.add(scores.labels)
    yield labels


def _synthetic(*, tenth: bool) -> Iterator[Metric]:
    size = ("1000", "10000") if tenth else ("10000", "100000")
    command = [sys.executable, "-m", "benchmarks.synthetic_system", *size]
    outcome = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    seconds, megabytes = map(float, outcome.stdout.split())
    for name, value, unit, target in (
        ("synthetic_seconds", seconds, "s", "< 30"),
        ("synthetic_mb", megabytes, "MB", "< 1000"),
    ):
        metric = Metric(name, "", target, unit)
        metric.add(value)
        yield metric


def _print(scores: Scores) -> None:
    print(f"{scores.name}: {scores.tables} tables, {scores.apps} apps")
    for method in scores.given:
        values = (scores.given[method], scores.free[method], scores.mojofm[method])
        print("  {:12} ARI {:6.3f}, free {:6.3f}, MoJoFM {:6.3f}".format(method, *values))
    print(f"  right after {_QUESTIONS} questions: {scores.labels:.3f}")
    one = scores.one_file
    print(f"  models in one file: {one.ours:.3f}, free {one.ours_free:.3f}", end="")
    print(f"; keys {one.keys:.3f}, free {one.keys_free:.3f}", flush=True)


def _print_worst(found: Sequence[Scores], called: str) -> None:
    if found:
        worst = min(found, key=lambda scores: scores.given["ours"])
        print(f"{called}: {worst.name}, ARI {worst.given['ours']:.3f}")


def _print_metrics(metrics: Sequence[Metric]) -> None:
    for metric in metrics:
        mean = sum(metric.ours) / len(metric.ours)
        text = f"{metric.name:38} mean {mean:.3f} {metric.unit}"
        if metric.peer:
            other = sum(metric.peer) / len(metric.peer)
            below = sum(a < b for a, b in zip(metric.ours, metric.peer, strict=True))
            text += f", {metric.against} {other:.3f}, difference {mean - other:+.3f}, below on {below}"
        print(f"{text}; target {metric.target}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
