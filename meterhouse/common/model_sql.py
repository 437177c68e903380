"""SQL of models over tables of the same names, without starting dbt (seconds).

A report that says which rate would apply must not have rules of its own: it runs the models that
bill, over one product and one day. Nor has what a void publishes at once.
"""

from functools import cache

from jinja2 import Environment

from meterhouse.common.settings import DBT_PROJECT

MACRO_FOLDERS = ("calendar", "commits", "events", "invoices", "money", "rating")


def model_sql(name: str, folder: str = "rating") -> str:
    """The select of a model; `ref('x')` reads x, `source('price_book', 'y')` price_book.y."""
    template = (DBT_PROJECT / "models" / folder / f"{name}.sql").read_text("utf-8")
    environment = Environment(autoescape=False)
    environment.globals |= {
        "ref": lambda model: model,
        "source": lambda schema, table: f"{schema}.{table}",
        # how dbt keeps a model, which is nothing of its select
        "config": lambda **options: "",
    }
    return environment.from_string(_macros() + template).render()


@cache
def macro_sql(call: str) -> str:
    """The SQL that a call of a macro gives: `billed_quantity('value', 'products')` is Q (S-17)."""
    return Environment(autoescape=False).from_string(f"{_macros()}{{{{ {call} }}}}").render()


@cache
def _macros() -> str:
    files = [
        path
        for folder in MACRO_FOLDERS
        for path in sorted((DBT_PROJECT / "macros" / folder).glob("*.sql"))
    ]
    return "".join(path.read_text("utf-8") for path in files)
