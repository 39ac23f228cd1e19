"""Real model folders in Ollama's layouts, whole or damaged, for tests and by hand.

In a test: ``shelf = Shelf(tmp_path / "models")``, ``shelf.add("llama3.2:3b")``. By hand:
``PYTHONPATH=tests:app python -m harness.ollama_library FOLDER --size 4GiB --models 8``.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.gguf_writer import gguf_head, tiny_gguf

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.ollama.image."
PUBLIC_HOST = "registry.ollama.ai"

_BLOCK = 1 << 20
_GGUF = {"model", "projector", "adapter", "draft"}
_CONFIG = {
    "model_format": "gguf",
    "model_family": "llama",
    "model_families": ["llama"],
    "model_type": "3.2B",
    "file_type": "Q4_K_M",
    "architecture": "amd64",
    "os": "linux",
}

Content = bytes | int | str
"""Bytes; or so many bytes by chance, always the same ones, behind a true GGUF header where weights are meant; or the
digest of a blob that lies there."""


def digest_of(content: bytes) -> str:
    """A blob's digest."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def parts(name: str) -> tuple[str, str, str, str]:
    """Host, namespace, model and tag of a name as people write it."""
    before, _slash, last = name.rpartition("/")
    model, _colon, tag = last.partition(":")
    host, _slash, namespace = before.rpartition("/")
    return host or PUBLIC_HOST, namespace or "library", model, tag or "latest"


def chance(size: int, seed: str) -> Iterator[bytes]:
    """So many bytes in blocks, the same ones for the same seed, no two blocks alike: as quick as they are copied."""
    block = bytearray(random.Random(seed).randbytes(min(_BLOCK, size)))
    for number in range(0, size, _BLOCK):
        block[:8] = number.to_bytes(8, "little") if size > _BLOCK else block[:8]
        yield bytes(block[: size - number])


class Shelf:
    """A model folder that can be filled, damaged and looked at. Nothing here asks the code under test.

    Digests are written ``sha256:<hex>``, names as people write them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs"
        self.manifests = folder / "manifests"
        self.manifests_v2 = folder / "manifests-v2"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self.manifests.mkdir(exist_ok=True)
        self._count = itertools.count(1)

    # ---------------------------------------------------------------- filling

    def add(
        self,
        name: str,
        weights: Content = 4096,
        *,
        template: str | None = "{{ .Prompt }}",
        system: str | None = None,
        params: Mapping[str, object] | None = None,
        messages: Sequence[Mapping[str, str]] | None = None,
        license: str | Sequence[str] | None = None,  # noqa: A002
        config: Mapping[str, object] | None = None,
        others: Mapping[str, Content] | None = None,
        remote: bool = False,
        v2: bool = False,
        link: str = "symlink",
        newline: bool = False,
    ) -> str:
        """Put a model on the shelf, or another version of it: the digest of its manifest.

        ``config`` is laid over what a model of three thousand million parameters says. ``others``: more layers by
        kind (``projector``, ``adapter``, …). ``remote``: a stub of Ollama's cloud. ``v2`` and ``link``: in the
        coming layout, as a symlink, a hardlink or a copy. ``newline``: as ``ollama create`` ends a manifest.
        """
        layers = [] if remote else [self._layer("model", weights, name)]
        texts: list[tuple[str, bytes | None]] = [
            ("template", None if template is None or remote else template.encode()),
            *(("license", text.encode()) for text in ([license] if isinstance(license, str) else license or ())),
            ("system", None if system is None else system.encode()),
            ("params", None if params is None else _json(params)),
            ("messages", None if messages is None else _json(messages)),
        ]
        layers += [self._layer(kind, content, name) for kind, content in (others or {}).items()]
        layers += [self._layer(kind, text, name) for kind, text in texts if text is not None]
        stub = {
            "model_format": "",
            "remote_host": "https://ollama.com:443",
            "remote_model": name.split(":", maxsplit=1)[0],
        }
        settled = _json({**_CONFIG, **(stub if remote else {}), **(config or {})})
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": self.put(settled), "size": len(settled)},
            "layers": layers,
        }
        raw = _json(manifest) + (b"\n" if newline else b"")
        return self._write_v2(name, raw, link) if v2 else self.write_manifest(name, raw)

    def _layer(self, kind: str, content: Content, seed: str) -> dict[str, object]:
        head = gguf_head(content, name=seed) if isinstance(content, int) and kind in _GGUF else b""
        digest = self.put(content, seed=f"{seed}/{kind}", head=head)
        return {"mediaType": LAYER_TYPE + kind, "digest": digest, "size": self.blob(digest).stat().st_size}

    def put(self, content: Content, *, seed: str = "", head: bytes = b"") -> str:
        """Lay down a blob: its digest. One that lies there already is left as it is, damaged or not.

        ``head``: what stands before bytes by chance, within their size.
        """
        if isinstance(content, str):
            return content
        pieces = [content] if isinstance(content, bytes) else itertools.chain([head], chance(content - len(head), seed))
        hasher = hashlib.sha256()
        staged = self.folder / f".shelf-{os.getpid()}-{next(self._count)}"
        with staged.open("wb") as file:
            for piece in pieces:
                hasher.update(piece)
                file.write(piece)
        digest = "sha256:" + hasher.hexdigest()
        if self.blob(digest).exists():
            staged.unlink()
        else:
            staged.replace(self.blob(digest))
        return digest

    def write_manifest(self, name: str, raw: bytes) -> str:
        """Write a manifest's file with any bytes: their digest."""
        path = self.manifest(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        return digest_of(raw)

    def _write_v2(self, name: str, raw: bytes, link: str) -> str:
        digest = self.put(raw)
        path = self.manifest(name, v2=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if link == "symlink":
            path.symlink_to(Path(os.path.relpath(self.blob(digest), path.parent)))
        elif link == "hardlink":
            path.hardlink_to(self.blob(digest))
        else:
            path.write_bytes(raw)
        self.manifest(name).unlink(missing_ok=True)
        return digest

    # ---------------------------------------------------------------- looking

    def blob(self, digest: str) -> Path:
        """Where a blob lies, or would."""
        return self.blobs / digest.replace(":", "-")

    def manifest(self, name: str, *, v2: bool = False) -> Path:
        """Where a model's manifest lies, or would."""
        host, *others = parts(name)
        if v2:
            public = "ollama.com" if host == PUBLIC_HOST else host.replace(":", "%3A")
            return self.manifests_v2.joinpath(public, *others)
        return self.manifests.joinpath(host, *others)

    def read(self, name: str) -> dict[str, Any]:
        """A model's manifest."""
        path = self.manifest(name, v2=True)
        told: dict[str, Any] = json.loads((path if path.exists() else self.manifest(name)).read_bytes())
        return told

    def digest(self, name: str, kind: str = "model") -> str:
        """The digest of a model's first blob of a kind; ``config`` is one too."""
        told = self.read(name)
        if kind == "config":
            return str(told["config"]["digest"])
        return next(str(layer["digest"]) for layer in told["layers"] if layer["mediaType"] == LAYER_TYPE + kind)

    def digests(self, name: str) -> tuple[str, ...]:
        """All blobs of a model, each once, the config first."""
        told = self.read(name)
        return tuple(dict.fromkeys(layer["digest"] for layer in (told["config"], *told["layers"])))

    def names(self) -> tuple[str, ...]:
        """The models whose files lie in today's layout, by path: host/namespace/model:tag."""
        paths = sorted(path.relative_to(self.manifests).parts for path in self.manifests.glob("*/*/*/*"))
        return tuple(f"{host}/{namespace}/{model}:{tag}" for host, namespace, model, tag in paths)

    def snapshot(self) -> dict[str, str]:
        """The SHA-256 of every file in the folder by its path: two are equal where not one byte differs."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): _hash(path) for path in files}

    def damaged(self) -> tuple[str, ...]:
        """The blobs whose bytes are not those of their digest."""
        files = (path for path in sorted(self.blobs.glob("sha256-*")) if len(path.name) == len("sha256-") + 64)
        return tuple(path.name.replace("-", ":") for path in files if path.name.removeprefix("sha256-") != _hash(path))

    # ---------------------------------------------------------------- damage

    def flip(self, digest: str, offset: int | None = None, *, silently: bool = False) -> None:
        """Turn one bit, in the middle where nothing is said. ``silently``: the file's time stays, as with bad disks."""
        with _touched(self.blob(digest), silently=silently) as path, path.open("r+b") as file:
            at = path.stat().st_size // 2 if offset is None else offset
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))

    def truncate(self, digest: str, size: int = 10, *, silently: bool = False) -> None:
        """Leave so many bytes."""
        with _touched(self.blob(digest), silently=silently) as path:
            os.truncate(path, size)

    def empty(self, digest: str, *, silently: bool = False) -> None:
        """Leave no byte."""
        self.truncate(digest, 0, silently=silently)

    def zero(self, digest: str, first: int | None = None, *, silently: bool = False) -> None:
        """Write zeros over everything, or over the first bytes alone, as after a power cut: the size stays."""
        with _touched(self.blob(digest), silently=silently) as path, path.open("r+b") as file:
            left = path.stat().st_size if first is None else first
            while left:
                left -= file.write(bytes(min(left, _BLOCK)))

    def delete(self, digest: str) -> None:
        """Take a blob away."""
        self.blob(digest).unlink()

    def delete_manifest(self, name: str) -> None:
        """Take a model's name away; its blobs stay, as orphans where nobody shares them."""
        self.manifest(name).unlink()

    def cut_manifest(self, name: str, size: int = 0) -> None:
        """Leave so many bytes of a manifest, as after a crash."""
        os.truncate(self.manifest(name), size)

    # ---------------------------------------------------------------- odd things

    def orphan(self, content: Content = b"nobody needs this") -> str:
        """A whole blob that no manifest names: its digest."""
        return self.put(content, seed="orphan")

    def partial(
        self, digest: str | None = None, *, total: int = 100_004, done: int | bytes = 60_000, number: int = 0
    ) -> str:
        """A download that was left half done, of a blob or of one that nobody knows: the digest.

        ``done``: so many bytes, or these. ``number``: of the only part whose file is there.
        """
        wanted = digest or digest_of(b"a blob that was never whole")
        begun = done if isinstance(done, bytes) else next(chance(done, wanted))
        with Path(f"{self.blob(wanted)}-partial").open("wb") as file:
            file.write(begun)
            file.truncate(total)
        part = {"N": number, "Offset": 0, "Size": total, "Completed": len(begun)}
        Path(f"{self.blob(wanted)}-partial-{number}").write_bytes(_json(part))
        return wanted

    def temporaries(self) -> tuple[Path, ...]:
        """What making, copying and quantizing models leaves behind after a crash."""
        hexadecimal = digest_of(b"a tensor that was never whole").removeprefix("sha256:")
        names = ("sha256-1234567890", "COPY3141592653", "Q4_K_M2718281828", f"sha256-{hexadecimal}.tmp")
        return tuple(self.foreign(f"blobs/{name}") for name in names)

    def foreign(self, relative: str, content: bytes = b"not a file of Ollama") -> Path:
        """Any file in the folder."""
        path = self.folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def ds_store(self, name: str = "llama3.2") -> Path:
        """What macOS leaves where it showed a folder: at a tag's depth it stops Ollama's own cleaning."""
        return self.foreign((self.manifest(name).parent / ".DS_Store").relative_to(self.folder).as_posix(), bytes(64))

    def backup_file(self, name: str) -> Path:
        """A copy that somebody made of a manifest beside it: Ollama takes it for a model."""
        path = self.manifest(name)
        return self.foreign(path.relative_to(self.folder).as_posix() + ".bak", path.read_bytes())

    def dangling(self, name: str) -> Path:
        """A link at a tag's place that leads nowhere: Ollama's lists fail on it."""
        path = self.manifest(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to("nowhere")
        return path

    def age(self, path: Path, *, seconds: float) -> None:
        """Make a file older."""
        then = time.time() - seconds
        os.utime(path, (then, then), follow_symlinks=False)


@contextlib.contextmanager
def _touched(path: Path, *, silently: bool) -> Iterator[Path]:
    before = path.stat()
    yield path
    if silently:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _json(told: object) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes(text: str) -> int:
    units = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    unit = next((unit for unit in units if text.endswith(unit)), "")
    return int(float(text.removesuffix(unit)) * units.get(unit, 1))


def _fill(shelf: Shelf, size: int, models: int) -> None:
    """So many bytes in so many models; two more share weights, one is a stub, one is a whole tiny model."""
    for number in range(1, models + 1):
        licence = f"Licence of the family.\n{number}"
        shelf.add(f"made-{number}:{number}b", size // models, license=licence, params={"num_ctx": 4096 * number})
    shelf.add("me/tuned:latest", shelf.digest("made-1:1b"), system="Answer in one word.")
    shelf.add("made-1:latest", shelf.digest("made-1:1b"))
    shelf.add("tiny:latest", tiny_gguf(), config={"model_type": "29K", "file_type": "F32"})
    shelf.add("gpt-oss:120b-cloud", remote=True)


def _main() -> None:
    parser = argparse.ArgumentParser(description="Build a model folder as Ollama keeps them")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=_bytes, default=_bytes("64MiB"), help="of all weights, such as 4GiB")
    parser.add_argument("--models", type=int, default=4)
    parser.add_argument("--strays", action="store_true", help="leave orphans, partials and foreign files, too")
    given = parser.parse_args()
    shelf = Shelf(given.folder)
    _fill(shelf, given.size, given.models)
    if given.strays:
        shelf.orphan(1 << 20)
        shelf.partial()
        shelf.temporaries()
        shelf.ds_store("made-1")
    sys.stdout.write("".join(f"{name}\n" for name in shelf.names()))


if __name__ == "__main__":
    _main()
