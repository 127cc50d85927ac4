"""From the bytes of a file to UTF-8: what is compressed is unpacked, UTF-16 is recoded, a byte order mark is taken off.

Bytes that are no text stay as they are: who reads the records finds them.
"""

import codecs
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO, Final

import zstandard

from kith.persona.model import RejectionCode
from kith.persona.records import Problem

__all__ = ["Unreadable", "head_of", "utf8_chunks"]

READ_BYTES: Final = 64 * 1024
PIECE_BYTES: Final = 256 * 1024
"""The most that a decompressor hands out at once."""
ZSTD_FEED_BYTES: Final = 256
"""zstd has no bound on what comes out for what goes in, but 256 bytes can't hold more than 64 blocks of 128 KiB."""
BOMB_BYTES: Final = 64 * 1024 * 1024
BOMB_RATIO: Final = 200
GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPABLE: Final = b"\x2a\x4d\x18"
"""The last three of four bytes; the first one is 50 to 5f."""


class Unreadable(Exception):
    """A source cannot be read from here on; what was read before stands."""

    def __init__(self, code: RejectionCode, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(code, detail)


def utf8_chunks(stream: BinaryIO, count: Callable[[int], None]) -> Iterator[bytes]:
    """The stream's text as UTF-8, in pieces of bounded size; `count` is told of each read's bytes.

    Raises `Unreadable` after the last piece that could be had.
    """
    head, rest = head_of(_raw(stream, count), 4)
    if head.startswith(GZIP):
        rest = _bounded(rest, _gunzip)
    elif head.startswith(ZSTD) or (head[1:4] == ZSTD_SKIPPABLE and head[0] >> 4 == 5):
        rest = _bounded(rest, _unzstd)
    head, rest = head_of(rest, 4)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _recoded(rest, "utf-32")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _recoded(rest, "utf-16")
    if head.startswith(codecs.BOM_UTF8):
        return _without(rest, len(codecs.BOM_UTF8))
    return rest


def head_of(chunks: Iterator[bytes], least: int, *, lines_within: int = 0) -> tuple[bytes, Iterator[bytes]]:
    """At least so many bytes from the start (less only where there are no more), and all chunks from the start.

    With `lines_within`, up to that many bytes as long as they hold no whole line but blank ones.
    """
    taken: list[bytes] = []
    size = 0
    in_a_line = has_line = False
    failed: Unreadable | None = None
    while size < least or (not has_line and size < lines_within):
        try:
            chunk = next(chunks, None)
        except Unreadable as error:
            failed = error
            break
        if chunk is None:
            break
        taken.append(chunk)
        size += len(chunk)
        begun = chunk if in_a_line else chunk.lstrip()
        in_a_line = in_a_line or bool(begun)
        has_line = has_line or b"\n" in begun
    return b"".join(taken), chain(taken, chunks if failed is None else _raising(failed))


def _raising(error: Unreadable) -> Iterator[bytes]:
    yield b""
    raise error


def _raw(stream: BinaryIO, count: Callable[[int], None]) -> Iterator[bytes]:
    while piece := stream.read(READ_BYTES):
        count(len(piece))
        yield piece


def _without(chunks: Iterator[bytes], skip: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[skip:]
        skip = max(0, skip - len(chunk))


def _recoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Half characters pass through as what UTF-8 does not allow, and are found in the record that holds them."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable("bad_encoding", f"the text is not whole {encoding.upper()}: {error.reason}") from None


def _bounded(chunks: Iterator[bytes], unpack: Callable[[Iterator[bytes]], Iterator[bytes]]) -> Iterator[bytes]:
    """What comes out, as long as it is in a sane proportion to what went in."""
    packed = 0

    def counted() -> Iterator[bytes]:
        nonlocal packed
        for chunk in chunks:
            packed += len(chunk)
            yield chunk

    unpacked = 0
    for piece in unpack(counted()):
        unpacked += len(piece)
        if unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * packed:
            detail = f"the file unpacks to more than {BOMB_RATIO} times its size; unpack it first if that is right"
            raise Unreadable("too_large", f"{detail}. The rest was not read")
        yield piece


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member = None
    for chunk in chunks:
        pending = chunk
        while pending:
            if member is None:
                pending = pending.lstrip(b"\0")
                if not pending:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                piece = member.decompress(pending, PIECE_BYTES)
            except zlib.error as error:
                raise _damaged("gzip") from error
            if piece:
                yield piece
            pending = member.unused_data if member.eof else member.unconsumed_tail
            if member.eof:
                member = None
    if member is not None:
        raise _cut_off("gzip")


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    frame = None
    for chunk in chunks:
        for start in range(0, len(chunk), ZSTD_FEED_BYTES):
            pending = chunk[start : start + ZSTD_FEED_BYTES]
            while pending:
                frame = frame or zstandard.ZstdDecompressor().decompressobj()
                try:
                    whole = frame.decompress(pending)
                except zstandard.ZstdError as error:
                    raise _damaged("zstd") from error
                for at in range(0, len(whole), PIECE_BYTES):
                    yield whole[at : at + PIECE_BYTES]
                pending = frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame = None
    if frame is not None:
        raise _cut_off("zstd")


def _damaged(packing: str) -> Unreadable:
    return Unreadable("bad_encoding", f"the {packing} data is damaged; pack the file again. The rest was not read")


def _cut_off(packing: str) -> Unreadable:
    return Unreadable("truncated", f"the {packing} data ends in the middle; copy the file again. The rest was not read")
