"""The SQL of a metric version as dbt would compile it, without starting dbt (seconds)."""

from collections.abc import Sequence
from types import SimpleNamespace

import yaml
from jinja2 import Environment

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.declaration import rollup_of

# Found by dbt in its own way: these stand in for what it knows of a project.
NEEDS_DBT = {
    *("this_metric", "forget_due_windows", "mark_due_windows"),
    *("metric_group", "declared_meta", "metrics_with_states"),
}


def metric_sql(name: str, version: int) -> str:
    """The compiled SQL of a metric version.

    It reads tables due_window_days and events, and lookup tables by their own name.
    """
    model = DBT_PROJECT / "models" / "metrics" / name / f"{name}_v{version}.sql"
    return render(model.read_text("utf-8"), name, version)


def metric_meta(name: str, version: int) -> dict:
    """`config.meta` of a metric version, and as `rollup` how its days make up a longer time."""
    path = DBT_PROJECT / "models" / "metrics" / name / f"_{name}__models.yml"
    [model] = yaml.safe_load(path.read_text("utf-8"))["models"]
    own = next(one for one in model["versions"] if one["v"] == version)
    meta = {**model["config"]["meta"], **own.get("config", {}).get("meta", {})}
    return {**meta, "rollup": rollup_of(meta)}


def render(
    template: str,
    name: str = "",
    version: int = 0,
    meta: dict | None = None,
    with_states: Sequence[tuple[str, int, dict]] = (),
) -> str:
    """SQL of a template that uses the project's metric and money macros.

    `meta` is that of a metric which no file declares.
    """
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.globals |= {
        "execute": True,
        "model": SimpleNamespace(resource_type="unit_test", name=name, raw_code=template),
        "this_metric": lambda: {"name": name, "version": version},
        "declared_meta": lambda: meta or metric_meta(name, version),
        "metrics_with_states": lambda: with_states,
        "config": lambda **options: "",
        "ref": lambda table: table,
        "source": lambda _, table: table,
    }
    return environment.from_string(_macros() + template).render()


def _macros() -> str:
    files = [
        path
        for folder in ("metrics", "money")
        for path in sorted((DBT_PROJECT / "macros" / folder).glob("*.sql"))
        if path.stem not in NEEDS_DBT and not path.stem.startswith("given_")
    ]
    return "".join(path.read_text("utf-8") for path in files)
