"""Everything that puts an event durably on disk. Knows nothing of dbt and Dagster."""
