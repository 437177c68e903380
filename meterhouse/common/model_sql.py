"""SQL of models over tables of the same names, without starting dbt (seconds).

A report that says which rate would apply must not have rules of its own: it runs the models that
bill, over one product and one day. Nor has what a void publishes at once.
"""

import json
import re
from functools import cache
from types import SimpleNamespace

from jinja2 import Environment
from jinja2.runtime import Macro

from meterhouse.common.settings import DBT_PROJECT

MACRO_FOLDERS = (
    *("alerts", "calendar", "commits", "events", "grain", "invoices", "metrics", "money"),
    *("rating", "revenue"),
)


def model_sql(name: str, folder: str = "rating") -> str:
    """The select of a model; `ref('x')` reads x, `source('price_book', 'y')` price_book.y.

    A table that grows reads itself by its name.
    """
    template = (DBT_PROJECT / "models" / folder / f"{name}.sql").read_text("utf-8")
    return _environment().from_string(template).render(this=name)


@cache
def macro_sql(call: str) -> str:
    """The SQL that a call of a macro gives: `billed_quantity('value', 'products')` is Q (S-17)."""
    return _environment().from_string(f"{{{{ {call} }}}}").render()


@cache
def _environment() -> Environment:
    """With what dbt adds to Jinja, and all macros.

    Compiling the macros takes thirty times as long as rendering a model: once in a process.
    """
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals |= {
        "modules": SimpleNamespace(re=re),
        "tojson": json.dumps,
        "ref": lambda model: model,
        "source": lambda schema, table: f"{schema}.{table}",
        # of the contracts that the tables have, all
        "to_rate": lambda relation: relation,
        # how dbt keeps a model, which is nothing of its select
        "config": lambda **options: "",
    }
    files = [
        path
        for folder in MACRO_FOLDERS
        for path in sorted((DBT_PROJECT / "macros" / folder).glob("*.sql"))
    ]
    macros = environment.from_string("".join(path.read_text("utf-8") for path in files)).module
    environment.globals |= {
        name: macro for name, macro in vars(macros).items() if isinstance(macro, Macro)
    }
    return environment
