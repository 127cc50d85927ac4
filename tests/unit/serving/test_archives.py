"""What an archive may hold: files, not too many, under names that can be kept."""

import io
import tarfile
from pathlib import Path

import pytest

from kith.etl import archives
from kith.etl.archives import unpack
from kith.persona.errors import BadInput


def packed(path: Path, *members: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w", format=form) as archive:
        for one in members:
            archive.addfile(one, io.BytesIO(bytes(one.size)))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, *, links_to: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, links_to, size
    return made


def with_a_header_of(path: Path, size: int, *, kind: bytes) -> Path:
    """An archive that begins with a header of so many bytes."""
    head = member("long", kind, size=size)
    path.write_bytes(head.tobuf(tarfile.GNU_FORMAT) + bytes(-(-size // 512) * 512 + 1024))
    return path


def names(path: Path) -> list[str]:
    with unpack(path) as parts:
        return [part.name for part in parts]


def test_files_are_sources_under_their_names_and_nothing_is_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", member("folder", tarfile.DIRTYPE), member("../up"), member("/etc/passwd"))
    assert names(path) == ["../up", "/etc/passwd"]
    assert [one.name for one in tmp_path.iterdir()] == ["a.tar"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = packed(tmp_path / "a.tar", member("talk.json", kind, links_to="/etc/passwd"))
    with pytest.raises(BadInput, match=r"'talk.json' in this archive is a link, or no plain file: leave it out"):
        names(path)


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.DIRTYPE])
def test_folders_count_as_files_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: bytes) -> None:
    monkeypatch.setattr(archives, "MOST", 3)
    three = [member(f"m{n}", kind) for n in range(3)]
    assert len(names(packed(tmp_path / "three.tar", *three))) == (3 if kind == tarfile.REGTYPE else 0)
    with pytest.raises(BadInput, match="there are over 3 files and folders in this archive: send it in parts"):
        names(packed(tmp_path / "four.tar", *three, member("m3", kind)))


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert names(packed(tmp_path / "a.tar", member("n" * 4096))) == ["n" * 4096]
    with pytest.raises(BadInput, match="is a name of over 4,096 characters: shorten it"):
        names(packed(tmp_path / "b.tar", member("n" * 4097)))


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_is_not_read_into_memory_whatever_its_size(tmp_path: Path, kind: bytes) -> None:
    path = with_a_header_of(tmp_path / "a.tar", 2 << 20, kind=kind)
    with pytest.raises(BadInput, match=r"this is no tar archive that can be read \(a header has over 1,048,576 bytes"):
        names(path)


def test_a_large_file_is_read_piece_by_piece(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", member("large", size=3 << 20))
    with unpack(path) as (part,), part.open() as stream:
        assert sum(map(len, archives.pieces(stream))) == 3 << 20
