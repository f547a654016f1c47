"""`huishang recording`: people read it in two languages, scripts read its JSON and its exit code."""

import asyncio
import json
from pathlib import Path

import pytest

from conference.model.ids import RecordingId
from recorder.folder import RecordingFolder
from recorder.integrity import Damage
from server.cli import main
from server.recording_cli import _DAMAGES
from tests.fakes.recordings import Writer, finished_recording, open_shelf


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUISHANG_DATA", str(tmp_path))
    return tmp_path


def made(data: Path, count: int = 1, **more: object) -> list[Writer]:
    async def make() -> list[Writer]:
        async with open_shelf(data) as shelf:
            return [(await finished_recording(shelf, **more))[0] for _ in range(count)]

    return asyncio.run(make())


def path(data: Path, writer: Writer) -> Path:
    return data / "recordings" / writer.recording / f"{writer.segment}.mkv"


def flip(data: Path, writer: Writer, place: int) -> None:
    content = bytearray(path(data, writer).read_bytes())
    content[place] ^= 1
    path(data, writer).write_bytes(content)


def test_a_whole_recording_exits_with_0(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (writer,) = made(data)
    assert main(["recording", "verify", writer.recording]) == 0
    said = capsys.readouterr().out
    assert writer.recording in said
    assert "完好" in said
    assert "whole" in said


def test_one_flipped_bit_exits_with_1_and_is_named_in_both_languages(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = made(data, 2)
    flip(data, bad, 320)
    assert main(["recording", "verify", "--all"]) == 1
    said = capsys.readouterr()
    assert "第 3 段（偏移 300）" in said.out
    assert f"{bad.segment}" in said.out
    assert "fragment 3 at offset 300" in said.out
    assert said.out.count("DAMAGED") == 1
    assert f"+ {good.recording}" in said.out
    assert said.err == ""  # no progress where nobody watches


def test_scripts_get_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (writer,) = made(data)
    flip(data, writer, 0)
    assert main(["recording", "verify", writer.recording, "--json"]) == 1
    (verdict,) = json.loads(capsys.readouterr().out)
    assert verdict["whole"] is False
    assert verdict["findings"] == [{"segment": writer.segment, "damage": "changed", "fragment": 0, "offset": 0}]


def test_the_list_is_newest_first_in_words_and_in_json(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (first,), (second,) = made(data, started_at_s=100.0), made(data, started_at_s=200.0)
    assert main(["recording", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [second.recording, first.recording]
    assert all("已完成 · finished" in line and "会商室" in line for line in lines)
    assert main(["recording", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["state"], one["sizeBytes"]) for one in listed] == [
        (second.recording, "finished", 500),
        (first.recording, "finished", 500),
    ]


def test_nothing_there_is_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recording", "list"]) == 0
    assert main(["recording", "verify", "--all"]) == 0
    assert capsys.readouterr().out.count("没有录像 · there are no recordings") == 2
    assert main(["recording", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("name", ["rec-ffffffffffffffff", "../../etc/passwd", ""])
def test_an_id_that_is_none_is_refused(data: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["recording", "verify", name]) == 1
    said = capsys.readouterr().err
    assert "没有这个录像" in said
    assert "recording-not-found" in said


@pytest.mark.parametrize("words", [["verify"], ["verify", "x", "--all"], [], ["polish"]])
def test_wrong_words_exit_with_2(data: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["recording", *words])
    assert left.value.code == 2


def test_recordings_may_lie_on_a_disk_of_their_own(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (writer,) = made(data)
    (data / "recordings").rename(data / "elsewhere")
    assert main(["recording", "verify", writer.recording]) == 1
    assert "文件不存在" in capsys.readouterr().out
    monkeypatch.setenv("HUISHANG_RECORDING__FOLDER", str(data / "elsewhere"))
    assert main(["recording", "verify", writer.recording]) == 0


def test_every_damage_has_words() -> None:
    assert set(_DAMAGES) == set(Damage)


def test_somebody_who_watches_sees_progress(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(data, 2)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(["recording", "verify", "--all"]) == 0
    said = capsys.readouterr()
    assert "50 %" in said.err
    assert "100 %" in said.err
    assert "%" not in said.out


def test_the_folder_is_not_made_readable_to_others(data: Path) -> None:
    folder = RecordingFolder.open_at(data / "recordings")
    assert folder.files(RecordingId("rec-ffffffffffffffff")) == []
    folder.close()
    assert (data / "recordings").stat().st_mode & 0o077 == 0
