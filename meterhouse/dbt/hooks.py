"""The statements around a model: its hooks, rendered with the project's macros.

dbt compiles a model's query and renders its hooks only when it runs the model. They are a call of a
macro each and need nothing but names, so they are rendered here, once, from what dbt's manifest
says of them; `dbt build` by hand renders the same (a test compares).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError

from meterhouse.common.errors import DbtProjectError

# Those whose macros a hook calls.
FOLDERS = ("events", "metrics")


@dataclass(frozen=True)
class This:
    """The relation of a model, as dbt's `this`."""

    relation: str
    identifier: str

    def __str__(self) -> str:
        return self.relation


def hook_renderer(project: Path, manifest: Mapping[str, Any]) -> Callable[..., str]:
    """`render(hook, node)`: the SQL of a hook of that node of the manifest.

    DbtProjectError if it uses what is known only while dbt runs.
    """
    macros = "".join(
        path.read_text("utf-8")
        for folder in FOLDERS
        for path in sorted((project / "macros" / folder).glob("*.sql"))
    )
    models = {
        node["name"]: node["relation_name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    sources = {
        (source["source_name"], source["name"]): source["relation_name"]
        for source in manifest["sources"].values()
    }

    environment = Environment(
        autoescape=False, undefined=StrictUndefined, extensions=["jinja2.ext.do"]
    )
    environment.globals |= {
        "ref": lambda name: models[name],
        "source": lambda *name: sources[name],
        "kept": lambda schema, name: f"{_database(manifest)}.{schema}.{name}",
    }

    @cache
    def library() -> Template:
        # Once for all hooks: to read the macros takes far longer than to call one.
        return environment.from_string(macros)

    def render(hook: str, node: Mapping[str, Any]) -> str:
        model = SimpleNamespace(
            name=node["name"], version=node.get("version"), resource_type=node["resource_type"]
        )
        try:
            around = {"this": This(node["relation_name"], node["alias"]), "model": model}
            defined = vars(library().make_module(around))
            return environment.from_string(hook).render(defined | around).strip()
        except (TemplateError, KeyError) as error:
            raise DbtProjectError(
                f"The hook {hook} of {node['original_file_path']} cannot be written as SQL before "
                f"the model is run: {error}. It may use `this`, `model`, ref(), source() and "
                "macros of them."
            ) from error

    return render


def _database(manifest: Mapping[str, Any]) -> str:
    return next(str(node["database"]) for node in manifest["nodes"].values())
