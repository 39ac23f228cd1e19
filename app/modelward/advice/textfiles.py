"""Reading the text of a job: what it is written in, and clear words where it is no text."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from modelward.core.errors import BadValueError, FolderError, InputError
from modelward.core.progress import Progress

MOST_BYTES = 1 << 30
"""A gibibyte: some 250 million tokens, and more than a job of this machine should hold in memory."""

_AT_ONCE = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text as it was read. ``sha256`` of its bytes."""

    text: str
    encoding: str
    sha256: str


def read_text(file: Path, encoding: str, progress: Progress) -> TextFile:
    """The text of a file; an empty ``encoding`` is found out: by its mark, else UTF-8. Blocking.

    Raises InputError that says what is wrong: not there, a folder, empty, too large, binary, written otherwise.
    """
    checked = _known(encoding)
    try:
        size = _size(file)
        parts: list[bytes] = []
        digest = hashlib.sha256()
        with file.open("rb") as content:
            while part := content.read(_AT_ONCE):
                progress.checkpoint()
                parts.append(part)
                digest.update(part)
                if len(parts) > MOST_BYTES // _AT_ONCE:
                    raise _too_large(file, size)
    except OSError as error:
        raise InputError(f"{file} cannot be read.", why=f"{error.strerror or error}.") from None
    text, found = _decoded(file, b"".join(parts), checked)
    if not text.strip():
        raise InputError(f"There is no text in {file}.", why="It is empty, or nothing but white space.")
    return TextFile(text, found, digest.hexdigest())


def checked_output(file: Path) -> Path:
    """The whole path of a file to which a result can be written later. Raises BadValueError, FolderError."""
    file = file.expanduser().absolute()
    if file.exists():
        raise BadValueError(f"{file} is there already.", todo="Name another file; nothing of yours is overwritten.")
    if not file.parent.is_dir():
        raise FolderError(f"There is no folder {file.parent}.", todo="Make it, or name another file.")
    return file


def _size(file: Path) -> int:
    if file.is_dir():
        raise InputError(f"{file} is a folder.", todo="Name a text file.")
    if not file.exists():
        raise InputError(f"There is no file {file}.", todo="Check its name.")
    if not file.is_file():
        raise InputError(f"{file} is no file.", todo="Name a text file.")
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise _too_large(file, size)
    return size


def _too_large(file: Path, size: int) -> InputError:
    why = f"It has {size / MOST_BYTES:.1f} GiB; a job takes 1 GiB."
    return InputError(f"{file} is too large.", why=why, todo="Divide it into several files.")


def _known(encoding: str) -> str:
    if not encoding:
        return ""
    try:
        info = codecs.lookup(encoding)
    except LookupError:
        info = None
    if info is None or not getattr(info, "_is_text_encoding", True):
        todo = "Name one such as utf-8, utf-16, cp1252, shift_jis or gb18030."
        raise BadValueError(f"{encoding!r} is no encoding of texts.", todo=todo)
    return info.name


def _decoded(file: Path, content: bytes, encoding: str) -> tuple[str, str]:
    found = encoding or next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(found)
    except UnicodeDecodeError as error:
        if b"\0" in content[:_AT_ONCE]:
            raise _binary(file) from None
        raise InputError(
            f"{file} is not written in {found}.",
            why=f"Byte {error.start:,} cannot be read so.",
            todo="Name how it is written with --encoding (cp1252 for older Western texts), or save it as UTF-8.",
        ) from None
    if "\0" in text[:_AT_ONCE]:
        raise _binary(file)
    return text, found


def _binary(file: Path) -> InputError:
    why = "It holds bytes that no text has."
    return InputError(f"{file} is no text.", why=why, todo="Save its text as a plain text file first.")
