"""The versions that the vault keeps: one file each, with the manifest's bytes as they were."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from modelward.core import durable
from modelward.core.errors import BadValueError, InputError
from modelward.ollama import digests, manifests, names
from modelward.ollama.model import Layer, LayerKind, Manifest, VaultVersion
from modelward.ollama.vault_folder import TOOL, VaultFolder

log = logging.getLogger(__name__)

VERSION = 1
_ENDING = ".json"
_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_LARGEST = 64 * 1024 * 1024


class Snapshots:
    """The versions in a vault. Changes are made with the vault's lock held; OSErrors of changes pass through."""

    def __init__(self, folder: VaultFolder) -> None:
        self._folder = folder

    def all(self) -> tuple[VaultVersion, ...]:
        """Every version, oldest first. Raises InputError for one that cannot be read, FolderError."""
        return tuple(self._read(path) for path in self._paths())

    def readable(self) -> tuple[tuple[VaultVersion, ...], tuple[str, ...]]:
        """The versions that can be read, oldest first, and what is wrong with the others. Raises FolderError."""
        found: list[VaultVersion] = []
        problems: list[str] = []
        for path in self._paths():
            try:
                found.append(self._read(path))
            except InputError as error:
                problems.append(str(error))
        return tuple(found), tuple(problems)

    def write(self, version: VaultVersion) -> None:
        """Make a version's file, or replace it: a power cut leaves the old one or the new one."""
        durable.replace(self._path(version.id), _encoded(version))

    def trash(self, version: VaultVersion, now: datetime) -> None:
        """Take a version away; its file goes through the trash, as objects do."""
        path = self._path(version.id)
        # The time first: an old one in the trash would be removed by the next sweep.
        os.utime(path, (now.timestamp(), now.timestamp()))
        path.replace(self._folder.trash / path.name)
        log.debug("step version-trashed")
        durable.flush_folder(self._folder.trash)
        durable.flush_folder(self._folder.snapshots)

    def clear_parts(self) -> None:
        """Remove what writing that was cut off left."""
        for part in self._folder.snapshots.glob(f"*{durable.PART_ENDING}"):
            part.unlink(missing_ok=True)

    def _path(self, version_id: str) -> Path:
        return self._folder.snapshots / f"{version_id}{_ENDING}"

    def _paths(self) -> Iterator[Path]:
        """All that may be a version. Other systems leave hidden files beside those they copy."""
        with durable.told(self._folder.snapshots):
            try:
                listed = sorted(path.name for path in self._folder.snapshots.iterdir())
            except FileNotFoundError:
                return
        for name in listed:
            if name.endswith(_ENDING) and not name.startswith("."):
                yield self._folder.snapshots / name

    def _read(self, path: Path) -> VaultVersion:
        try:
            with durable.open_regular(path) as file:
                content = file.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                raise ValueError("it is too large")
            version = _decoded(json.loads(content))
            if version.id != path.name.removesuffix(_ENDING):
                raise ValueError("it belongs to another version")
        except (OSError, ValueError, KeyError, TypeError, RecursionError, BadValueError, InputError) as error:
            raise _unreadable(path, error) from error
        return version


def is_id(text: str) -> bool:
    """Whether a text can be the id of a version, which becomes part of a file's name."""
    return _ID.fullmatch(text) is not None


def _encoded(version: VaultVersion) -> bytes:
    name, manifest = version.name, version.manifest
    told = {
        "version": VERSION,
        "id": version.id,
        "name": str(name),
        "model": {"host": name.host, "namespace": name.namespace, "model": name.model, "tag": name.tag},
        "manifest": base64.b64encode(manifest.raw).decode(),
        "manifestSha256": manifest.digest.removeprefix("sha256:"),
        "layers": [
            {
                "kind": layer.kind,
                "mediaType": layer.media_type,
                "digest": layer.digest,
                "size": layer.size,
                "name": layer.name,
            }
            for layer in manifest.layers
        ],
        "created": _time_text(version.created_at),
        "lastSeen": _time_text(version.last_seen_at),
        "verified": version.verified_at and _time_text(version.verified_at),
        "tool": TOOL,
    }
    return json.dumps(told, indent=1, ensure_ascii=False).encode() + b"\n"


def _decoded(told: object) -> VaultVersion:
    """Raises ValueError, KeyError, TypeError, BadValueError or InputError for anything but what is written here."""
    if not isinstance(told, dict):
        raise TypeError("it is no object")
    if type(told["version"]) is not int or told["version"] != VERSION:
        raise ValueError("its format is not known to this Modelward")
    if not is_id(_text(told, "id")):
        raise ValueError("its id is none")
    model = told["model"]
    return VaultVersion(
        id=told["id"],
        name=names.of_parts(*(_text(model, part) for part in ("host", "namespace", "model", "tag"))),
        manifest=_manifest(told),
        created_at=_time(_text(told, "created")),
        last_seen_at=_time(_text(told, "lastSeen")),
        verified_at=None if told["verified"] is None else _time(_text(told, "verified")),
    )


def _manifest(told: Mapping[str, object]) -> Manifest:
    try:
        raw = base64.b64decode(_text(told, "manifest"), validate=True)
    except binascii.Error as error:
        raise ValueError("its manifest is damaged") from error
    digest = digests.of(raw)
    if digest != digests.parse("sha256:" + _text(told, "manifestSha256")):
        raise ValueError("its manifest is damaged")
    rows = told["layers"]
    if not isinstance(rows, list):
        raise TypeError("its layers are no list")
    layers = tuple(_layer(row) for row in rows)
    # A layer that is lost here would be lost in the next sweep.
    if not {layer.digest for layer in manifests.read(raw).layers} <= {layer.digest for layer in layers}:
        raise ValueError("its layers are not those of its manifest")
    return Manifest(raw, digest, layers)


def _layer(row: object) -> Layer:
    if not isinstance(row, dict):
        raise TypeError("a layer is no object")
    size = row["size"]
    if type(size) is not int or size < 0:
        raise ValueError("a size is none")
    digest = digests.parse(row["digest"])
    return Layer(LayerKind(_text(row, "kind")), _text(row, "mediaType"), digest, size, _text(row, "name"))


def _text(told: object, key: str) -> str:
    value = told[key] if isinstance(told, dict) else None
    if not isinstance(value, str):
        raise TypeError(f"its {key} is no text")
    return value


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat("T", "microseconds")


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time is without its zone")
    return moment.astimezone(UTC)


def _unreadable(path: Path, error: Exception) -> InputError:
    why = error.strerror if isinstance(error, OSError) else f"missing {error}" if isinstance(error, KeyError) else error
    return InputError(
        f"The version {path.name[:60]} in the vault cannot be read.",
        why=f"{str(why).removesuffix('.')[:200]}.",
        todo="Look whether the vault's disk is sound; move the file away if the version is not needed.",
    )
