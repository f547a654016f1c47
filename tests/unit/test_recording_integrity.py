"""One flipped bit anywhere in a recording is found, and the fragment it is in is named."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from conference.model.errors import RecordingNotFound
from conference.model.ids import RecordingId
from conference.model.recording import DeletionReason, SegmentPlace, SegmentState
from recorder import integrity
from recorder.integrity import Damage, Finding, seal, verify
from recorder.merkle import EMPTY_ROOT, MerkleTree
from tests.fakes.recordings import Shelf, Writer, begin_recording, finished_recording, open_shelf

digests = st.binary(min_size=32, max_size=32)


def by_the_book(entries: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + by_the_book(entries[:split]) + by_the_book(entries[split:])).digest()


def root_of(entries: list[bytes]) -> bytes:
    tree = MerkleTree()
    for entry in entries:
        tree.add(entry)
    return tree.root()


@given(st.lists(digests, max_size=70))
def test_the_root_is_that_of_rfc_6962(entries: list[bytes]) -> None:
    assert root_of(entries) == by_the_book(entries)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 255, 256, 257, 1000])
def test_every_shape_of_tree(count: int) -> None:
    entries = [hashlib.sha256(str(number).encode()).digest() for number in range(count)]
    assert root_of(entries) == by_the_book(entries)


@given(st.lists(digests, min_size=2, max_size=20, unique=True), st.data())
def test_order_number_and_content_are_all_in_the_root(entries: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    swapped = [*entries[:place], entries[place + 1], entries[place], *entries[place + 2 :]]
    shorter = entries[:place] + entries[place + 1 :]
    longer = [*entries, entries[-1]]
    assert len({root_of(variant) for variant in (entries, swapped, shorter, longer)}) == 4


def test_asking_for_the_root_does_not_change_it() -> None:
    tree = MerkleTree()
    assert tree.root() == EMPTY_ROOT == hashlib.sha256(b"").digest()
    for number in range(10):
        tree.add(bytes([number] * 32))
        assert tree.root() == tree.root() == by_the_book([bytes([n] * 32) for n in range(number + 1)])


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


async def test_a_whole_recording_is_whole(shelf: Shelf) -> None:
    writers = await finished_recording(shelf, seconds=5, tracks=3)
    told: list[int] = []
    verdict = await verify(shelf.store, shelf.folder, writers[0].recording, progress=told.append)
    assert verdict.whole
    assert (verdict.segments, verdict.fragments, verdict.read_bytes, verdict.unverified) == (3, 15, 1500, 0)
    assert sum(told) == 1500
    root = (await shelf.store.segment(writers[0].segment)).merkle_root
    assert root == by_the_book([fragment.sha256 for fragment in writers[0].fragments])


@pytest.mark.parametrize("place", [0, 99, 100, 250, 499])
@pytest.mark.parametrize("bit", [0, 7])
async def test_one_flipped_bit_is_named(shelf: Shelf, place: int, bit: int) -> None:
    _, second = await finished_recording(shelf, tracks=2)
    path = shelf.path(second.recording, second.segment)
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)
    verdict = await verify(shelf.store, shelf.folder, second.recording)
    number = place // 100
    expected = Finding(segment=second.segment, damage=Damage.CHANGED, number=number, offset=number * 100)
    assert verdict.findings == (expected,)
    assert not verdict.whole


async def test_of_many_bad_fragments_the_first_is_named(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    path = shelf.path(writer.recording, writer.segment)
    path.write_bytes(path.read_bytes()[:210] + b"\0" * 290)
    (finding,) = (await verify(shelf.store, shelf.folder, writer.recording)).findings
    assert (finding.damage, finding.number, finding.offset) == (Damage.CHANGED, 2, 200)


async def test_cut_extended_and_lost_files_are_told_apart(shelf: Shelf) -> None:
    cut, longer, gone, kept = await finished_recording(shelf, tracks=4)
    paths = {writer.segment: shelf.path(writer.recording, writer.segment) for writer in (cut, longer, gone)}
    paths[cut.segment].write_bytes(paths[cut.segment].read_bytes()[:350])
    paths[longer.segment].write_bytes(paths[longer.segment].read_bytes() + b"more")
    paths[gone.segment].unlink()
    found = {finding.segment: finding for finding in (await verify(shelf.store, shelf.folder, kept.recording)).findings}
    assert (found[cut.segment].damage, found[cut.segment].number) == (Damage.SHORT, 3)
    assert found[longer.segment].damage is Damage.EXTRA
    assert found[gone.segment].damage is Damage.MISSING
    assert kept.segment not in found


@pytest.mark.parametrize(
    ("change", "damage", "number"),
    [
        ("UPDATE fragments SET sha256 = zeroblob(32) WHERE number = 3", Damage.CHANGED, 3),
        ("DELETE FROM fragments WHERE number = 2", Damage.INDEX, 3),
        ("DELETE FROM fragments WHERE number = 4", Damage.INDEX, None),
        ("UPDATE segments SET merkle_root = zeroblob(32)", Damage.INDEX, None),
    ],
)
async def test_a_changed_index_shows(shelf: Shelf, change: str, damage: Damage, number: int | None) -> None:
    (writer,) = await finished_recording(shelf)
    async with shelf.database.session() as session:
        await session.execute(text(change))
    (finding,) = (await verify(shelf.store, shelf.folder, writer.recording)).findings
    assert (finding.damage, finding.number) == (damage, number)


async def test_both_file_and_index_changed_still_breaks_the_root(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    path = shelf.path(writer.recording, writer.segment)
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])
    async with shelf.database.session() as session:
        fake = {"sha": hashlib.sha256(b"\0" * 100).digest()}
        await session.execute(text("UPDATE fragments SET sha256 = :sha WHERE number = 0"), fake)
    (finding,) = (await verify(shelf.store, shelf.folder, writer.recording)).findings
    assert finding.damage is Damage.INDEX


async def test_what_is_still_written_is_compared_as_far_as_it_is_indexed(shelf: Shelf) -> None:
    recording = await begin_recording(shelf)
    writer = await Writer(shelf, recording).begin()
    await writer.sync(3)
    writer.put(50)
    verdict = await verify(shelf.store, shelf.folder, recording)
    assert (verdict.findings, verdict.fragments) == ((), 3)
    path = shelf.path(recording, writer.segment)
    path.write_bytes(b"closed" + path.read_bytes()[6:])  # its header is being written anew
    assert (await verify(shelf.store, shelf.folder, recording)).whole
    path.write_bytes(path.read_bytes()[:150] + b"\0" * 150)
    (finding,) = (await verify(shelf.store, shelf.folder, recording)).findings
    assert (finding.damage, finding.number) == (Damage.CHANGED, 1)
    writer.stop()


async def test_more_fragments_than_a_page(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "PAGE", 4)
    (writer,) = await finished_recording(shelf, seconds=12)
    assert (await verify(shelf.store, shelf.folder, writer.recording)).fragments == 12
    path = shelf.path(writer.recording, writer.segment)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    (finding,) = (await verify(shelf.store, shelf.folder, writer.recording)).findings
    assert finding.number == 11


async def test_what_is_elsewhere_is_counted_and_what_is_deleted_is_not_damage(shelf: Shelf) -> None:
    writers = await finished_recording(shelf, tracks=2)
    await shelf.store.set_place(writers[0].segment, SegmentPlace.REMOTE)
    shelf.folder.delete(writers[0].recording, writers[0].segment)
    verdict = await verify(shelf.store, shelf.folder, writers[0].recording)
    assert (verdict.whole, verdict.segments, verdict.elsewhere) == (True, 2, 1)
    await shelf.store.delete(writers[0].recording, at_s=1.0, by="", reason=DeletionReason.AGE)
    shelf.folder.remove(writers[0].recording)
    verdict = await verify(shelf.store, shelf.folder, writers[0].recording)
    assert (verdict.whole, verdict.segments) == (True, 0)


async def test_an_empty_segment_has_the_empty_root(shelf: Shelf) -> None:
    recording = await begin_recording(shelf)
    writer = await Writer(shelf, recording).begin()
    writer.stop()
    assert await seal(shelf.store, writer.segment, SegmentState.FINISHED) == EMPTY_ROOT
    assert (await verify(shelf.store, shelf.folder, recording)).whole


async def test_nobody_elses_recording_is_verified(shelf: Shelf) -> None:
    with pytest.raises(RecordingNotFound):
        await verify(shelf.store, shelf.folder, RecordingId("rec-ffffffffffffffff"))
