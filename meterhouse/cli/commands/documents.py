"""`meterhouse documents`: invoices and credit notes as PDF, spreadsheet and e-invoice."""

import argparse
from pathlib import Path

from raw_events.common.text import shown, shown_lines

HELP = "invoices as PDF, spreadsheet, e-invoice: render what is due, list, show, verify"
LISTED = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`render|list|show|verify`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, act, explain in (
        ("render", _render, "render what is due, as the schedule does; 1 if one is held"),
        ("list", _list, "documents, the latest first; held ones with the reason"),
        ("show", _show, "one document: its files, or with --out copies of them"),
        ("verify", _verify, "whether every document is what was rendered; 1 if one is not"),
    ):
        command = actions.add_parser(name, help=explain, description=explain)
        command.set_defaults(act=act)
        if name == "list":
            command.add_argument("--held", action="store_true", help="those alone")
            command.add_argument("--limit", type=int, default=LISTED, help=f"default {LISTED}")
        if name == "show":
            command.add_argument(
                "document", metavar="ID_OR_NUMBER", help="INV-000001, CN-000001 or an invoice id"
            )
            command.add_argument("--out", type=Path, metavar="DIR", help="copy its files here")
        if name == "verify":
            command.add_argument(
                "--again", action="store_true", help="also render each again and compare the bytes"
            )


def execute(arguments: argparse.Namespace) -> int:
    """Do it; 1 if a document is held or is not what was rendered."""
    from meterhouse.common.settings import home

    return int(arguments.act(home(), arguments))


def _render(home: Path, _: argparse.Namespace) -> int:
    from meterhouse.common.settings import seeds
    from meterhouse.documents.overview import why_none
    from meterhouse.documents.rendering import render_documents
    from meterhouse.warehouse.clock import machine_clock

    done = render_documents(home, seeds(), machine_clock, seconds=float("inf"))
    print(done.line())
    if not (done.rendered or done.held):
        print(why_none(home, seeds()))
    alike: dict[str, list[str]] = {}
    for document, reason in done.held.items():
        alike.setdefault(reason, []).append(document)
    for reason, documents in alike.items():
        more = f" and {len(documents) - 1:,} more" if len(documents) > 1 else ""
        print(shown_lines(f"{documents[0]}{more}: {reason}"))
    return int(bool(done.held))


def _list(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.documents.kept import HELD, files_of
    from meterhouse.documents.overview import list_documents

    rows, total = list_documents(home, HELD if arguments.held else None, arguments.limit)
    if not rows:
        print("Nothing is held." if arguments.held else "No document is rendered yet.")
    for row in rows:
        number = row["number"] or row["document_id"]
        formats = ", ".join(file.format for file in files_of(row["files"]))
        print(f"{number}  {shown(row['customer_id'])}  {shown(row['invoice_id'])}  "
              f"{formats or row['record']}")  # fmt: skip
        if row["record"] == HELD:
            print(f"    {shown(row['detail'])}")
    if total > len(rows):
        print(f"… {total - len(rows):,} more of {total:,}; see them with --limit {total}")
    return 0


def _show(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.documents.kept import file_path, files_of
    from meterhouse.documents.overview import find_document, save_files

    row = find_document(home, arguments.document)
    print(f"{row['number']}  {row['kind'].replace('_', ' ')}  {shown(row['customer_id'])}")
    print(f"rendered {row['recorded_at']:%Y-%m-%dT%H:%M:%SZ}, price book {row['price_book'][:12]}")
    if arguments.out:
        for path in save_files(home, row, arguments.out):
            print(path)
        return 0
    for file in files_of(row["files"]):
        place = file_path(home, file.sha256, file.format)
        print(f"{file.format:<5}{file.size:>10,} bytes  {place}")
    return 0


def _verify(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.documents.overview import verify_documents

    checked = verify_documents(home, arguments.again)
    print(f"{checked.documents:,} document(s) are looked at.")
    if arguments.again:
        print(
            f"{checked.again:,} were rendered again; {checked.other_versions:,} were made by other "
            "versions of the libraries and were not."
        )
    for problem in checked.problems:
        print(shown_lines(problem))
    return int(bool(checked.problems))
