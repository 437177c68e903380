"""`meterhouse export`: marts of one publication, in the form of other programs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from raw_events.common.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from meterhouse.exports.published import Published

HELP = "marts of one publication as a spreadsheet, CSV, Delta, FOCUS, or into PostgreSQL"
ADDRESS = "METERHOUSE_EXPORT_POSTGRES"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`xlsx|csv|delta|focus|journal|postgres`."""
    forms = parser.add_subparsers(dest="form", required=True, metavar="FORM")
    for name, act, explain in (
        ("xlsx", _xlsx, "invoices and their lines as one spreadsheet"),
        ("csv", _csv, "every mart as a CSV file; no cell is a formula"),
        ("delta", _delta, "every mart as a Delta table, and which versions belong together"),
        ("focus", _focus, "one customer's costs in FOCUS, for tools that compare clouds"),
        ("journal", _journal, "a month of the journal for Xero, QuickBooks, or as CSV"),
        ("postgres", _postgres, f"every mart as a table; {ADDRESS} has the address"),
    ):
        command = forms.add_parser(name, help=explain, description=explain)
        command.set_defaults(act=act)
        if name == "postgres":
            command.add_argument(
                "--schema", default="meterhouse", help="replaced as a whole; default meterhouse"
            )
        else:
            command.add_argument(
                "--out", type=Path, required=True, metavar="FILE" if name == "xlsx" else "DIR"
            )
        if name == "focus":
            command.add_argument("--customer", required=True, metavar="ID")
            command.add_argument("--version", default="1.4", help="1.4 (default) or 1.2")
            command.add_argument("--issuer", metavar="NAME", help="who sells; default: the seller")
        if name == "xlsx":
            command.add_argument("--customer", metavar="ID", help="of this one alone")
        if name == "journal":
            command.add_argument("--month", required=True, metavar="YYYY-MM")
            command.add_argument(
                "--for",
                dest="program",
                choices=("xero", "quickbooks", "csv"),
                default="csv",
                help="default csv",
            )


def execute(arguments: argparse.Namespace) -> int:
    """Export, and say of which publication; never waits for a run."""
    from meterhouse.common.settings import home
    from meterhouse.exports.errors import ExportError

    act: Callable[[Path, argparse.Namespace], Published] = arguments.act
    try:
        published = act(home(), arguments)
    except OSError as error:
        raise ExportError(
            f"Nothing was exported: {shown(error.filename or arguments.out)} cannot be written "
            f"({error.strerror}). What was there before is there; correct it and export again."
        ) from error
    place = arguments.schema if arguments.form == "postgres" else arguments.out
    said = published.described()
    print(f"{shown(str(place))} has publication {said['publication']}, as of {said['as_of']}.")
    return 0


def _xlsx(home: Path, arguments: argparse.Namespace) -> "Published":
    from meterhouse.exports.to_xlsx import export_xlsx

    return export_xlsx(home, arguments.out.resolve(), arguments.customer)


def _csv(home: Path, arguments: argparse.Namespace) -> "Published":
    from meterhouse.exports.to_csv import export_csv

    return export_csv(home, arguments.out.resolve())


def _delta(home: Path, arguments: argparse.Namespace) -> "Published":
    from meterhouse.exports.to_delta import export_delta

    return export_delta(home, arguments.out.resolve())


def _focus(home: Path, arguments: argparse.Namespace) -> "Published":
    from meterhouse.exports.to_focus import export_focus

    return export_focus(
        home,
        arguments.out.resolve(),
        arguments.customer,
        arguments.version,
        arguments.issuer,
    )


def _journal(home: Path, arguments: argparse.Namespace) -> "Published":
    from meterhouse.cli.arguments import month
    from meterhouse.exports.to_journal import export_journal

    return export_journal(home, arguments.out.absolute(), month(arguments.month), arguments.program)


def _postgres(home: Path, arguments: argparse.Namespace) -> "Published":
    from meterhouse.common.secrets import secret_text
    from meterhouse.exports.errors import ExportRefused
    from meterhouse.exports.to_postgres import export_postgres

    address = secret_text(ADDRESS).strip()
    if not address:
        raise ExportRefused(
            f"Set {ADDRESS} to the address of the database, such as"
            " postgresql://exporter@db.internal/warehouse, or name a file with it in"
            f" {ADDRESS}_FILE."
        )
    return export_postgres(home, address, arguments.schema)
