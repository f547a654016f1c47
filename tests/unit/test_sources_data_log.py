"""Data packets of drones are kept as they came, with both their times."""

from pathlib import Path

import pytest

from conference.model.ids import SourceId
from conference.sources import data_log
from conference.sources.data_log import DataLog
from conference.sources.words import Data

DRONE = SourceId("c-1")
AT_S = 1_795_000_000.25  # 2026-11-18 in UTC
DAY = "20261118"


def packet(number: int, size: int = 20) -> Data:
    return Data(kind="klv", pts_us=number * 40_000 - 5, payload=bytes([number % 256]) * size)


def test_packets_come_back_in_order_with_their_times(tmp_path: Path) -> None:
    kept = DataLog(tmp_path / "sources")
    for number in range(300):
        kept.keep(DRONE, packet(number), at_s=AT_S + number)
    kept.keep(SourceId("c-2"), packet(7), at_s=AT_S)
    found = DataLog(tmp_path / "sources").read(DRONE, DAY)
    assert [(at_ms, pts_us, payload[0]) for at_ms, pts_us, payload in found] == [
        (int((AT_S + number) * 1000), number * 40_000 - 5, number % 256) for number in range(300)
    ]


def test_a_record_that_a_crash_cut_off_hides_none_of_the_others(tmp_path: Path) -> None:
    kept = DataLog(tmp_path)
    kept.keep(DRONE, packet(1), at_s=AT_S)
    kept.keep(DRONE, packet(2), at_s=AT_S)
    (file,) = (tmp_path / DRONE).iterdir()
    file.write_bytes(file.read_bytes()[:-3])
    assert [payload[0] for _, _, payload in kept.read(DRONE, DAY)] == [1]


def test_a_full_day_is_said_once_and_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(data_log, "MAX_DAY_BYTES", 100)
    kept = DataLog(tmp_path)
    for number in range(9):
        kept.keep(DRONE, packet(number), at_s=AT_S)
    assert len(kept.read(DRONE, DAY)) == 2
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "sources").write_text("in the way", encoding="utf-8")
    DataLog(tmp_path / "sources").keep(DRONE, packet(1), at_s=AT_S)
    assert "c-1" in caplog.text
