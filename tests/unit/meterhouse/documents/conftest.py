"""The process that runs the official rules takes seconds to start: one for all tests."""

import pytest

from meterhouse.documents.render import Renderer
from meterhouse.documents.schematron import Validator


@pytest.fixture(scope="session")
def rules():
    with Validator() as validator:
        yield validator


@pytest.fixture(scope="session")
def renderer(rules, tmp_path_factory):
    return Renderer(tmp_path_factory.mktemp("pictures"), rules)
