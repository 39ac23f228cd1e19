"""A model folder as Ollama's server sees and changes it: names, manifests, models, copies, deletions, cleaning."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from harness.ollama_gguf import Gguf, glance
from harness.ollama_library import LAYER_TYPE, PUBLIC_HOST, digest_of, parts

_DIGEST = re.compile(r"sha256[:-][0-9a-fA-F]{64}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}")
_GRACE = 3600.0
_FIRST_READ = 512


class StoreError(Exception):
    """What is wrong in the folder, in Ollama's words."""


class MissingError(StoreError):
    """A file is missing that was asked for."""


class Name(NamedTuple):
    """A model's name in full."""

    host: str
    namespace: str
    model: str
    tag: str

    @property
    def shown(self) -> str:
        """As Ollama shows it."""
        short = f"{self.model}:{self.tag}"
        if self.host != PUBLIC_HOST:
            return f"{self.host}/{self.namespace}/{short}"
        return short if self.namespace == "library" else f"{self.namespace}/{short}"

    @property
    def is_valid(self) -> bool:
        """Whether Ollama takes it."""
        forms = (_HOST, _NAMESPACE, _PART, _PART)
        return all(form.fullmatch(part) for form, part in zip(forms, self, strict=True))


def name_of(text: str) -> Name:
    """A name as people write it, with what goes without saying."""
    return Name(*parts(text))


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that could be read. ``digest`` has no prefix."""

    name: Name
    path: Path
    told: dict[str, Any]
    digest: str
    modified_at: datetime
    modified_ns: int

    @property
    def layers(self) -> list[dict[str, Any]]:
        """Without the config."""
        return list(self.told.get("layers") or ())

    @property
    def all_layers(self) -> list[dict[str, Any]]:
        """The config last."""
        config = self.told.get("config") or {}
        return [*self.layers, *([config] if config.get("digest") else [])]

    @property
    def size(self) -> int:
        """Bytes, as its layers declare them."""
        return sum(int(layer.get("size", 0)) for layer in self.all_layers)


@dataclass(slots=True)
class Model:
    """A model as the server knows it once it was resolved. ``head`` is what a glance at its weights gave."""

    manifest: Manifest
    config: dict[str, Any]
    weights: Path | None = None
    head: Gguf | None = None
    template: str = "{{ .Prompt }}"
    system: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    licenses: list[str] = field(default_factory=list)
    projectors: list[Path] = field(default_factory=list)

    @property
    def is_remote(self) -> bool:
        """Whether it is a stub of a model in the cloud."""
        return bool(self.config.get("remote_host") and self.config.get("remote_model"))

    @property
    def capabilities(self) -> list[str]:
        """In Ollama's order."""
        return capabilities(self.config, self.head, self.template, has_projector=bool(self.projectors))


def capabilities(
    config: dict[str, Any], head: Gguf | None, template: str, *, has_projector: bool, in_list: bool = False
) -> list[str]:
    """What a model can do, in Ollama's order, which is another one in its lists."""
    weights, projector = [], ["vision"] if has_projector else []
    if head is not None:
        weights.append("embedding" if head.of_its_kind("pooling_type") is not None else "completion")
        weights += ["vision"] if head.of_its_kind("vision.block_count") is not None else []
    signs = {"tools": ".Tools", "insert": ".Suffix", "thinking": ".Thinking"}
    templates = [word for word, sign in signs.items() if sign in template]
    said = list(config.get("capabilities") or ())
    order = (weights, said, templates, projector) if in_list else (said, weights, projector, templates)
    return list(dict.fromkeys(itertools.chain(*order)))


class Store:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs"
        self.manifests = folder / "manifests"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self.manifests.mkdir(exist_ok=True)

    def blob(self, digest: str) -> Path:
        """Where a blob lies.

        Raises:
            StoreError: that is no digest.
        """
        if not _DIGEST.fullmatch(digest):
            raise StoreError("invalid digest format")
        return self.blobs / digest.replace(":", "-")

    def path(self, name: Name) -> Path:
        """Where a manifest lies."""
        return self.manifests.joinpath(*name)

    def all(self, *, strict: bool = False) -> dict[Name, Manifest]:
        """Every manifest that can be read. ``strict``: the first that cannot is an error, as before cleaning.

        Raises:
            StoreError: a link leads nowhere, which breaks every list; or, when strict, a manifest is bad.
        """
        found = {}
        for path in sorted(self.manifests.glob("*/*/*/*")):
            if not path.exists():
                raise StoreError(f"stat {path}: no such file or directory")
            name = Name(*path.relative_to(self.manifests).parts)
            try:
                if path.is_dir():
                    continue
                if not name.is_valid:
                    raise StoreError(f"{'/'.join(name)} %!w(<nil>)")
                found[name] = self.read(name)
            except StoreError:
                if strict:
                    raise
        return found

    def existing(self, name: Name) -> Name:
        """The name in the spelling of those that are there: Ollama tells no upper case from lower."""
        known = self.all()
        spelled = [{part.casefold(): part for part in column} for column in zip(*known, strict=True)] if known else []
        return Name(*(spelled[at].get(part.casefold(), part) if spelled else part for at, part in enumerate(name)))

    def read(self, name: Name) -> Manifest:
        """A manifest.

        Raises:
            MissingError: there is none.
            StoreError: it cannot be read: the JSON reader's words.
        """
        path = self.path(name)
        try:
            raw = path.read_bytes()
        except FileNotFoundError as error:
            raise MissingError(f"open {path}: no such file or directory") from error
        told, end = go_json(raw)
        modified_ns = path.stat().st_mtime_ns
        modified_at = datetime.fromtimestamp(modified_ns / 1e9, UTC)
        digest = hashlib.sha256(raw[: _read_up_to(end)]).hexdigest()
        return Manifest(name, path, told, digest, modified_at, modified_ns)

    def write(self, name: Name, raw: bytes) -> None:
        """Write a manifest in place, as Ollama does."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)

    def resolve(self, name: Name) -> Model:
        """A model with the texts of its layers. Missing or broken weights are no error here.

        Raises:
            MissingError: the manifest, the config or a text is missing.
            StoreError: one of them cannot be read.
        """
        manifest = self.read(name)
        model = Model(manifest, self.config(manifest))
        for layer in manifest.layers:
            self._lay(model, str(layer["mediaType"]).removeprefix(LAYER_TYPE), self.blob(layer["digest"]))
        return model

    def _lay(self, model: Model, kind: str, path: Path) -> None:
        if kind == "model":
            model.weights, model.head = path, glance(path)
        elif kind == "projector":
            model.projectors.append(path)
        elif kind in {"template", "prompt"}:
            model.template = _text(path)
        elif kind == "system":
            model.system = _text(path)
        elif kind == "license":
            model.licenses.append(_text(path))
        elif kind == "params":
            model.params = go_json(_bytes(path))[0]
        elif kind == "messages":
            model.messages = go_json(_bytes(path), list)[0]

    def config(self, manifest: Manifest) -> dict[str, Any]:
        """What a model's config says; nothing where its manifest names none."""
        digest = (manifest.told.get("config") or {}).get("digest")
        return go_json(_bytes(self.blob(digest)))[0] if digest else {}

    def text(self, digest: str) -> str:
        """A layer that is a text.

        Raises:
            MissingError: it is not there.
        """
        return _text(self.blob(digest))

    def copy(self, source: Name, target: Name) -> None:
        """Copy a manifest, byte by byte.

        Raises:
            MissingError: there is none.
        """
        try:
            raw = self.path(source).read_bytes()
        except FileNotFoundError as error:
            raise MissingError(str(error)) from error
        if source != target:
            self.write(target, raw)

    def remove(self, name: Name) -> None:
        """Delete a model and the blobs that nobody else needs, as far as others' manifests can be read.

        Raises:
            StoreError: as in :meth:`read`: a broken manifest cannot be deleted.
        """
        manifest = self.read(name)
        manifest.path.unlink()
        self._remove_empty_folders()
        self.remove_unused(layer["digest"] for layer in manifest.all_layers)

    def remove_unused(self, digests: Iterable[str]) -> None:
        """Delete those blobs that no readable manifest names."""
        used = self._used()
        for digest in digests:
            if digest not in used:
                self.blob(digest).unlink(missing_ok=True)

    def prune(self) -> bool:
        """What Ollama does when it starts: whether it was done, as one bad manifest prevents it."""
        try:
            self.all(strict=True)
        except StoreError:
            return False
        used = self._used()
        for path in list(self.blobs.iterdir()):
            if path.is_dir() or time.time() - path.stat().st_mtime < _GRACE:
                continue
            if not _DIGEST.fullmatch(path.name) or path.name.replace("-", ":") not in used:
                path.unlink()
        self._remove_empty_folders()
        return True

    def _used(self) -> set[str]:
        return {layer["digest"] for manifest in self.all().values() for layer in manifest.all_layers}

    def _remove_empty_folders(self) -> None:
        for folder in sorted((path for path in self.manifests.rglob("*") if path.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()

    def take(self, content: bytes) -> str:
        """Keep a blob under its true digest."""
        digest = digest_of(content)
        if not self.blob(digest).exists():
            self.blob(digest).write_bytes(content)
        return digest


def go_json(raw: bytes, kind: type = dict) -> tuple[Any, int]:
    """The first value in bytes, and where it ends, as Go's decoder reads it.

    Raises:
        StoreError: in Go's words.
    """
    text = raw.decode(errors="surrogateescape")
    stripped = text.lstrip(" \t\r\n")
    if not stripped:
        raise StoreError("EOF")
    start = len(text) - len(stripped)
    try:
        told, end = json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise StoreError(_in_go(error, text)) from error
    if not isinstance(told, kind):
        raise StoreError("json: cannot unmarshal into Go value")
    return told, len(text[:end].encode(errors="surrogateescape"))


def _in_go(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text) or error.msg.startswith("Unterminated"):
        return "unexpected EOF"
    places = {
        "Expecting value": "looking for beginning of value",
        "Expecting property name": "looking for beginning of object key string",
        "Expecting ':'": "after object key",
        "Expecting ','": "after object key:value pair",
        "Invalid control": "in string literal",
    }
    place = next((words for start, words in places.items() if error.msg.startswith(start)), "in literal")
    character = text[error.pos]
    shown = character if character.isprintable() else f"\\x{ord(character):02x}"
    return f"invalid character '{shown}' {place}"


def _read_up_to(end: int) -> int:
    """How far a decoder has read that has found the end of its value: what it hashes on the way."""
    size = _FIRST_READ
    while size < end:
        size = 2 * size + _FIRST_READ
    return size


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingError(f"open {path}: no such file or directory") from error


def _text(path: Path) -> str:
    return _bytes(path).decode(errors="replace")
