"""Errors of a metric's SQL, as dbt 1.11 and DuckDB 2.0 word them, in an analyst's words."""

from pathlib import Path

import pytest

from meterhouse.metrics.failures import in_analysts_words

SQL = Path("metrics/gpu/gpu_v1.sql")
CONTRACT = """Compilation Error in model gpu (models/metrics/gpu/gpu_v1.sql)
  This model has an enforced contract that failed.
  Please ensure the name, data_type, and number of columns in your contract match the columns in
  your model's definition.

  | column_name | definition_type | contract_type | mismatch_reason       |
  | ----------- | --------------- | ------------- | --------------------- |
  {row}

  > in macro assert_columns_equivalent (macros/materializations/models/table/columns_spec_ddl.sql)
"""
SAID = {
    "no quantity": (
        CONTRACT.format(
            row="| quantity    |                 | DECIMAL(28,10) | missing in definition |"
        ),
        "metrics/gpu/gpu_v1.sql gives no column quantity, the quantity: name an expression",
    ),
    "a column more": (
        CONTRACT.format(
            row="| zone        | VARCHAR         |               | missing in contract   |"
        ),
        "gives a column zone that its YAML does not have",
    ),
    "a type": (
        CONTRACT.format(
            row="| quantity    | BIGINT          | DECIMAL(28,10) | data type mismatch    |"
        ),
        "gives quantity as BIGINT, and should as DECIMAL(28,10): use {{ to_quantity(…) }}",
    ),
    "a group key that a unit test expects": (
        "Runtime Error in unit_test a\n  Compilation Error in unit_test a\n"
        "    Invalid column name: 'region' in unit test fixture for expected output.\n",
        "gives no column region, which its YAML has",
    ),
    "a property as a column": (
        'Runtime Error in model gpu\n  Binder Error: Referenced column "minutes" not found in FROM',
        "{{ property_number('minutes') }}",
    ),
    "a property as its own group": (
        'Binder Error: Column "model" referenced that exists in the SELECT clause - but this',
        "{{ property_text('model') }}",
    ),
    "something else": (
        'Runtime Error in model gpu (x)\n  Parser Error: syntax error at or near "form"',
        'does not work:\nParser Error: syntax error at or near "form"',
    ),
}


@pytest.mark.parametrize(("message", "said"), SAID.values(), ids=SAID)
def test_it_is_said_with_the_file_and_the_way_out(message: str, said: str):
    words = in_analysts_words(message, SQL)
    assert said in words
    assert words.startswith(str(SQL))
