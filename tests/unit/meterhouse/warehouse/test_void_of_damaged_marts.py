"""A void when the published marts are not as they were published (S-47, S-55).

Guards against a mart that somebody changed, removed or added and that a void certifies as
published, by copying it along or by giving it a checksum that fits.
"""

import pytest

from meterhouse.verify.published import verify_published
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.generations import published_generation
from meterhouse.warehouse.mark_files import read_mark
from meterhouse.warehouse.publish_voids import publish_voids
from tests.unit.meterhouse.ledger.ledger_cases import in_memory
from tests.unit.meterhouse.warehouse.voided_invoices import void


def test_what_was_changed_after_it_was_published_is_not_made_right(home):
    """A void neither takes such a file as its source nor gives it a checksum that fits."""
    folder = (home / "marts").resolve()
    whole = read_mark(folder)[1]["reconciliation.parquet"]
    (folder / "reconciliation.parquet").write_bytes(b"changed")
    void(home)
    publish_voids(home)
    assert read_mark((home / "marts").resolve())[1]["reconciliation.parquet"] == whole
    file = (home / "marts").resolve() / "invoices.parquet"
    with in_memory() as con:
        con.execute(
            f"copy (select * from '{file}' limit 1) to '{folder / 'less'}' (format parquet)"
        )
    (folder / "less").replace(file)
    with pytest.raises(PublishError, match="was changed after it was published"):
        publish_voids(home)


@pytest.mark.parametrize("spoil", ["changed", "gone", "a link"])
def test_a_void_certifies_no_mart_that_is_not_what_was_published(home, spoil):
    """What is wrong with it is found after the void as it was before, also after the next one."""
    folder = (home / "marts").resolve()
    file = folder / "reconciliation.parquet"
    whole = read_mark(folder)[1][file.name]
    file.rename(home / "aside")
    if spoil == "changed":
        file.write_bytes(b"changed")
    elif spoil == "a link":
        file.symlink_to(home / "aside")
    for number in ("INV-000001", "INV-000002"):
        void(home, number)
        publish_voids(home)
        assert read_mark((home / "marts").resolve())[1][file.name] == whole
        said = "\n".join(verify_published(home).problems)
        wrong = "was changed after" if spoil == "changed" else "is missing"
        assert f"{file.name} {wrong}" in said
    assert publish_voids(home).changed == []


def test_a_void_takes_along_no_file_that_nobody_published(home):
    folder = (home / "marts").resolve()
    (folder / "mine.parquet").write_bytes(b"mine")
    (folder / "folder").mkdir()
    void(home)
    publish_voids(home)
    new = (home / "marts").resolve()
    assert new != folder and (folder / "mine.parquet").is_file()
    assert {path.name for path in new.iterdir()} - {"evidence.json"} == set(read_mark(new)[1])
    assert "mine.parquet" not in read_mark(new)[1]


def test_a_published_mart_that_cannot_be_read_is_said_and_left(home):
    (home / "marts" / "invoices.parquet").write_bytes(b"torn")
    for file in ("evidence.json", "credit_notes.parquet"):
        (home / "marts" / file).unlink()
    void(home)
    with pytest.raises(PublishError, match="The next run makes them again"):
        publish_voids(home)
    assert published_generation(home) == 1
    assert not list((home / ".marts").glob("*.writing"))
