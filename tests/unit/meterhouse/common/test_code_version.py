"""The digest of files of code: read once, and again when a file is another."""

import os

from meterhouse.common.code_version import folder_digest


def test_a_file_of_code_that_changes_is_read_again(tmp_path):
    path = tmp_path / "models" / "one.sql"
    path.parent.mkdir()
    path.write_text("select 1")
    first = folder_digest(tmp_path, ("models",))
    assert folder_digest(tmp_path, ("models",)) == first
    path.write_text("select 2")
    # Of the same size, and dated like the one before.
    os.utime(path, ns=(1, 1))
    second = folder_digest(tmp_path, ("models",))
    assert second != first
    replaced = tmp_path / "new"
    replaced.write_text("select 3")
    os.utime(replaced, ns=(1, 1))
    replaced.rename(path)
    assert folder_digest(tmp_path, ("models",)) not in {first, second}
    path.write_text("select 1")
    assert folder_digest(tmp_path, ("models",)) == first, "of content alone"
