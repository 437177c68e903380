"""Usage metering and billing in SQL, on files you own. Without Dagster."""
