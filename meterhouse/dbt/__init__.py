"""dbt in this process: the parsed project, building a part of it, and its failures in words.

In process rather than as a subprocess per build: dbt takes 2 seconds to import and one to parse,
and a build is done again for each contract that must be held. No Dagster import.
"""
