"""`meterhouse verify`: is what is final what the log gives? (S-47)."""

import argparse
import sys

HELP = "re-read log, price books and ledger, and rebuild final invoices to the same bytes"
SHOWN = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--all | --invoice ID | --sample N] [--against FILE]`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--all", action="store_true", help="rebuild all final invoices (what is done by default)"
    )
    what.add_argument("--invoice", metavar="ID", help="rebuild this one, by its id or number")
    what.add_argument(
        "--sample", type=_count, metavar="N", help="rebuild N of them; 0: only read the files"
    )
    parser.add_argument(
        "--against",
        metavar="FILE",
        help="compare with what you noted elsewhere: a file with lines that run and verify print, "
        "a copy of an evidence.json, or one such line itself",
    )


def execute(arguments: argparse.Namespace) -> int:
    """A line per stage, every problem on standard error; 1 if there is one."""
    import time

    from meterhouse.common.progress import summary_line
    from meterhouse.common.settings import home
    from meterhouse.metrics.published import check_published
    from meterhouse.verify.verification import verify
    from meterhouse.warehouse.lock import reading_lock
    from meterhouse.warehouse.marks import current_mark, note_line
    from meterhouse.warehouse.used_metrics import check_used_metrics

    check_published()
    check_used_metrics(home())
    problems = 0
    # A run that finalizes meanwhile would look like a ledger that does not fit its log.
    with reading_lock(home()):
        started = time.monotonic()
        for stage in verify(home(), arguments.invoice, arguments.sample, arguments.against):
            counts = dict(stage.counts)
            if not (stage.name == "rebuild" and "final invoices" not in counts):
                counts["problems"] = len(stage.problems)
            print(summary_line(stage.name, time.monotonic() - started, counts), flush=True)
            for note in stage.notes[:SHOWN]:
                print(f"  {note}", flush=True)
            for problem in stage.problems[:SHOWN]:
                print(f"  {problem}", file=sys.stderr)
            if len(stage.problems) > SHOWN:
                print(f"  … and {len(stage.problems) - SHOWN} more", file=sys.stderr)
            problems += len(stage.problems)
            started = time.monotonic()
    print("All is as it was made." if not problems else f"{problems} problem(s), named above.")
    if not problems:
        print(f"Keep this line elsewhere: {note_line(current_mark(home()))}")
    return 1 if problems else 0


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 0 on")
    return int(text)
