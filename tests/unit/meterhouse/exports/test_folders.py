"""Exports as folders: always there, of one form and customer, alone while they write (S-79).

Guards against a moment without the folder, a copy that a killed export leaves for ever, and Delta
tables that are wiped by an export of another form.
"""

import json
import os
from threading import Event, Thread
from time import sleep

import pytest

from meterhouse.cli.main import main
from meterhouse.common.alone import folder_held
from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.folders import MARK, replaced_folder
from meterhouse.exports.to_csv import export_csv
from meterhouse.exports.to_delta import export_delta
from tests.unit.meterhouse.exports.export_world import publish_number


def test_the_folder_is_there_in_every_moment(tmp_path):
    mark, ended, missing = {"form": "csv"}, Event(), []
    with replaced_folder(tmp_path / "out", mark):
        pass

    def looks():
        while not ended.is_set():
            try:
                os.close(os.open(tmp_path / "out" / MARK, os.O_RDONLY))
            except FileNotFoundError as error:
                missing.append(error)

    looking = Thread(target=looks)
    looking.start()
    try:
        for _ in range(200):
            with replaced_folder(tmp_path / "out", mark) as draft:
                (draft / "invoices.csv").write_text("id")
    finally:
        ended.set()
        looking.join()
    assert missing == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_what_a_killed_export_left_goes_with_the_next_one_and_what_is_at_work_stays(tmp_path):
    publish_number(tmp_path, 1)
    dead, alive = tmp_path / f".out.{'a' * 32}", tmp_path / f".out.{'b' * 32}"
    dead.mkdir()
    (dead / "invoices.csv").write_text("half of it")
    alive.mkdir()
    (tmp_path / ".out.mine").mkdir()
    with folder_held(alive):
        export_csv(tmp_path, tmp_path / "out")
        assert not dead.exists()
        assert alive.exists()
    assert (tmp_path / ".out.mine").exists()


def test_delta_tables_and_csv_do_not_take_each_others_folder(tmp_path):
    publish_number(tmp_path, 1)
    export_delta(tmp_path, tmp_path / "delta")
    with pytest.raises(ExportRefused, match="an export in it as delta"):
        export_csv(tmp_path, tmp_path / "delta")
    export_csv(tmp_path, tmp_path / "csv")
    with pytest.raises(ExportRefused, match="an export in it as csv"):
        export_delta(tmp_path, tmp_path / "csv")


def test_two_exports_into_delta_tables_wait_for_each_other(tmp_path):
    """Else publication.json of one would name the versions of the other."""
    publish_number(tmp_path, 1)
    (tmp_path / "delta").mkdir()
    done = Event()

    def exports():
        export_delta(tmp_path, tmp_path / "delta")
        done.set()

    with folder_held(tmp_path / "delta"):
        waiting = Thread(target=exports)
        waiting.start()
        sleep(0.5)
        assert not done.is_set()
    waiting.join(timeout=30)
    assert json.loads((tmp_path / "delta" / "publication.json").read_text())["form"] == "delta"


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path, monkeypatch, capsys):
    publish_number(tmp_path, 1)
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    (tmp_path / "file").write_text("x")
    for form in ("csv", "delta", "xlsx"):
        assert main(["export", form, "--out", str(tmp_path / "file" / "below")]) == 1
        said = capsys.readouterr().err
        assert "Nothing was exported" in said and "file" in said and "Traceback" not in said
    (tmp_path / "folder").mkdir()
    assert main(["export", "xlsx", "--out", str(tmp_path / "folder")]) == 1
    assert "cannot be written" in capsys.readouterr().err
