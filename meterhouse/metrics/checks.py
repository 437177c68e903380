"""What is checked of the metrics before dbt starts, whenever their files have changed."""

from pathlib import Path

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.progress import reporter
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.allowed_sql import check_metric_sql
from meterhouse.metrics.folders import metric_folders, own_folder
from meterhouse.metrics.published import check_published
from meterhouse.metrics.rules import folder_problems, old_words


def check_metrics(dbt_project: Path = DBT_PROJECT) -> None:
    """Raise if a metric reads what it may not, a published one was changed, or a rule is broken.

    DbtProjectError, or FrozenMetricError for a published version (S-14, S-54). What a metric
    must have is asked of own metrics: of the shipped ones `make test` asks it.
    """
    check_metric_sql(dbt_project)
    check_published(dbt_project)
    own = own_folder()
    problems = folder_problems(own) if own else []
    if problems:
        raise DbtProjectError("\n".join([*problems, "Nothing was run."]))
    for folder in metric_folders(dbt_project):
        for what in old_words(folder):
            reporter().say(f"Warning: {what}")
