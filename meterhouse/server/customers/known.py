"""Whether there is such a customer, before a token or a link is made for it."""

from pathlib import Path

from meterhouse.common.errors import UsageError
from meterhouse.server.errors import UnknownCustomer
from meterhouse.server.reading.customers import check_customer
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.warehouse.generations import published_folder


def check_known(home: Path, customer: str) -> None:
    """Raises UnknownCustomer if what is published knows of none of that id; a misspelled one would
    show nothing, for ever. Before anything is published every id is taken.
    """
    if published_folder(home) is None:
        return
    engine = Engine(home)
    try:
        engine.answer_now(lambda reader: check_customer(reader, customer))
    except Refused as error:
        if error.status != 404:
            raise UsageError(error.message) from error
        raise UnknownCustomer(
            f"There is no customer {customer!r} in what is published. customers.csv has the ids; "
            "a new one is known after the next run: meterhouse run"
        ) from error
    finally:
        engine.close()
