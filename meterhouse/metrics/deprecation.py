"""Metric versions that go out of use: their `deprecation_date` (dbt's own) warns, then fails.

From that day on no product may point at the version any more. Before, every run says which do.
Final periods are not asked: late usage is rated with the price book of its period (S-43).
"""

from datetime import date, datetime
from pathlib import Path

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.common.yaml_files import read_yaml
from meterhouse.metrics.registry import metric_yaml
from meterhouse.price_book import PriceBook, PriceBookError, Problem

# Rows of product_metrics that point at a version on its last day or later.
POINTERS = """
    with pointers as (
        select *, lead(starting_on) over (partition by product_id order by starting_on) as until
        from product_metrics
    )
    select file_row, product_id, starting_on, until
    from pointers
    where metric = $metric and version = $version and coalesce(until, 'infinity') > $last::date
    order by file_row
"""


def deprecation_dates(dbt_project: Path = DBT_PROJECT) -> dict[tuple[str, int], date]:
    """(metric, version) → the first day on which it may not be used; of those that have one."""
    dates = {}
    for path in metric_yaml(dbt_project):
        for model in read_yaml(path).get("models") or []:
            for version in model.get("versions") or []:
                found = version.get("deprecation_date") or model.get("deprecation_date")
                if found is not None:
                    dates[model["name"], int(version["v"])] = _date(found)
    return dates


def check_deprecated(
    book: PriceBook, as_of: datetime, dates: dict[tuple[str, int], date] | None = None
) -> list[str]:
    """Warnings about versions that products use beyond their last day, while it has not come.

    Raises PriceBookError for those that are used on `as_of` although it has.
    """
    today, warnings, problems = as_of.date(), [], []
    dates = deprecation_dates() if dates is None else dates
    for (metric, version), last in sorted(dates.items()):
        cursor = book.cursor()
        asked = {"metric": metric, "version": version, "last": last}
        for row, product, starting_on, until in cursor.execute(POINTERS, asked).fetchall():
            name = f"{metric} version {version}"
            step = "point it at another version, from a date on."
            if today < last:
                warnings.append(
                    f"Warning: product {product} uses {name}, which goes out of use on {last}; "
                    f"runs fail from then on. In {book.files['product_metrics']}, {step}"
                )
            elif starting_on <= today and (until is None or today < until):
                problems.append(
                    Problem(
                        book.files["product_metrics"],
                        row,
                        "version",
                        "deprecated_metric",
                        f"Product {product} points at {name}, out of use since {last} (S-14).",
                        f"Add a row for the product: {step}",
                    )
                )
    if problems:
        raise PriceBookError(book.seeds, problems)
    return warnings


def _date(found: object) -> date:
    if isinstance(found, datetime):
        return found.date()
    return found if isinstance(found, date) else date.fromisoformat(str(found)[:10])
