"""What the command `verify` prints of states that are no damage, and where it can be called.

Guards against a held contract that reads as damage, and against a copy on a read-only mount that
cannot be verified.
"""

import subprocess
from pathlib import Path

import pytest

from meterhouse.cli.main import main
from meterhouse.ledger.store import Ledger


def test_verify_names_a_held_contract_as_what_it_is(published, capsys, monkeypatch):
    """A state, no damage: the rest of the ledger is as it was made."""
    monkeypatch.setenv("METERHOUSE_HOME", str(published))
    assert main(["verify", "--sample", "0"]) == 0
    said = capsys.readouterr().out
    assert "held, so nothing of it is billed: contract acme-1, product seats" in said
    assert "does not fit (for example event 7)" in said
    assert f"Keep this line elsewhere: INV-000003, ledger {Ledger(published).version()}:" in said


@pytest.fixture
def read_only(published: Path, tmp_path_factory):
    """The data directory on a mount that nothing can be written through."""
    target = tmp_path_factory.mktemp("mounted")
    for options in (["--bind", str(published)], ["-o", "remount,ro,bind"]):
        done = subprocess.run(["mount", *options, str(target)], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"a mount is needed: {done.stderr.decode().strip()}")
    yield target
    subprocess.run(["umount", str(target)], check=True)


def test_verify_works_on_a_read_only_mount_and_needs_no_lock_there(read_only, capsys, monkeypatch):
    with pytest.raises(OSError, match="Read-only"):
        (read_only / "run.lock").touch()
    monkeypatch.setenv("METERHOUSE_HOME", str(read_only))
    assert main(["verify", "--sample", "0"]) == 0
    said = capsys.readouterr().out
    assert "is read-only here: read without a lock" in said and "All is as it was made." in said
    assert "not compared" not in said, "the warehouse is read there as well"
    assert list(read_only.glob("run.lock")) == []
