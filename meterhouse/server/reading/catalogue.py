"""The billable metrics that products may point at: what their YAML and SQL files declare."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from meterhouse.metrics.declaration import rollup_of
from meterhouse.metrics.deprecation import deprecation_dates
from meterhouse.metrics.folders import folder_of, metric_folders
from meterhouse.metrics.published import published_metrics
from meterhouse.metrics.registry import billed_metrics, metric_metas
from meterhouse.server.reading.errors import no_such

_KEPT = 4


@dataclass(frozen=True)
class Metric:
    """One version of a billable metric.

    `meta` is its `config.meta`; `rollup` says how days make up a longer time, None if they do not;
    `last_day` is the first day on which it may not be used any more; `is_frozen` that it is
    published, so that it never changes (S-14).
    """

    name: str
    version: int
    meta: dict[str, Any]
    sql: str
    last_day: date | None
    is_frozen: bool

    @property
    def id(self) -> str:
        """The name of its file: llm_tokens_v2."""
        return f"{self.name}_v{self.version}"

    @property
    def group_keys(self) -> list[str]:
        """What its rows are told apart by."""
        return [str(key) for key in self.meta.get("group_keys") or []]

    @property
    def adds_up(self) -> bool:
        """Whether its rows may be added over group keys (S-11)."""
        return bool(self.meta.get("adds_up", self.meta.get("aggregation") != "unique"))

    @property
    def rollup(self) -> str | None:
        """How days make up a longer time."""
        return rollup_of(self.meta)


class Catalogue:
    """Metrics by id, in the order of their names and versions."""

    def __init__(self, metrics: list[Metric]):
        self.metrics = {metric.id: metric for metric in metrics}

    def metric(self, id: str) -> Metric:
        """The metric of that id; Refused (404) if there is none."""
        if id not in self.metrics:
            raise no_such("billable metric", id)
        return self.metrics[id]


def read_catalogue() -> Catalogue:
    """As the files of the dbt project and of the own metrics are now."""
    metas, last_days, published = metric_metas(), deprecation_dates(), published_metrics()
    found = []
    for name, version in sorted(billed_metrics()):
        file = folder_of(name).path / name / f"{name}_v{version}.sql"
        sql = file.read_text("utf-8") if file.is_file() else ""
        meta, key = metas.get((name, version), {}), (name, version)
        found.append(Metric(name, version, meta, sql, last_days.get(key), key in published))
    return Catalogue(found)


class Catalogues:
    """One catalogue for each of the last publications: all pages of one see the same metrics."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, str], tuple[object, Catalogue]] = OrderedDict()
        self._lock = Lock()

    def of(self, home: Path, publication: str) -> Catalogue:
        """Read at the first question about a publication, if a file has changed since the last."""
        with self._lock:
            if (home, publication) not in self._kept:
                state = _files_now()
                known = [found for before, found in self._kept.values() if before == state]
                self._kept[home, publication] = state, known[-1] if known else read_catalogue()
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[home, publication][1]


def _files_now() -> object:
    """What tells whether a metric's file is another one: reading them all takes half a second."""
    paths = [path for folder in metric_folders() for path in sorted(folder.path.glob("*/*"))]
    listed = [folder.listed for folder in metric_folders() if folder.listed]
    frozen = [folder.published for folder in metric_folders() if folder.published.is_file()]
    return [
        (str(path), found.st_mtime_ns, found.st_size)
        for path in (*paths, *listed, *frozen)
        if (found := path.stat())
    ]


CATALOGUES = Catalogues()
