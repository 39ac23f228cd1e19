"""The words of the guard of local models: names, digests, manifests, blobs, verdicts, copies, repairs, alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class LayerKind(StrEnum):
    """What a layer holds, by the end of its media type (Ollama's ``manifest/layer.go``)."""

    MODEL = "model"
    PROJECTOR = "projector"
    ADAPTER = "adapter"
    DRAFT = "draft"
    TEMPLATE = "template"
    PROMPT = "prompt"
    SYSTEM = "system"
    PARAMS = "params"
    MESSAGES = "messages"
    LICENSE = "license"
    TENSOR = "tensor"
    JSON = "json"
    EMBED = "embed"
    CONFIG = "config"
    MANIFEST = "manifest"  # the manifest itself, where the layout keeps it as a blob
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class ModelName:
    """A model's full name at Ollama. ``str`` gives what Ollama shows: ``llama3.2:3b``, ``me/tuned:latest``."""

    host: str
    namespace: str
    model: str
    tag: str

    def __str__(self) -> str:
        short = f"{self.model}:{self.tag}"
        if self.host != "registry.ollama.ai":
            return f"{self.host}/{self.namespace}/{short}"
        return short if self.namespace == "library" else f"{self.namespace}/{short}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One blob as a manifest names it. ``digest`` is ``sha256:`` and 64 lower-case hex digits; ``size`` in bytes."""

    kind: LayerKind
    media_type: str
    digest: str
    size: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that could be read.

    ``raw`` are its bytes as they lie on the disk; ``digest`` is their SHA-256, Ollama's ID of the model. ``layers``
    stand in its order, the config first; a digest may stand in it more than once.
    """

    raw: bytes
    digest: str
    layers: tuple[Layer, ...]

    @property
    def size(self) -> int:
        """Bytes of all its blobs, each counted once."""
        return sum({layer.digest: layer.size for layer in self.layers}.values())

    @property
    def blobs(self) -> tuple[Layer, ...]:
        """Each blob once."""
        return tuple({layer.digest: layer for layer in self.layers}.values())


@dataclass(frozen=True, slots=True)
class ConfigFacts:
    """What the config blob, the parameters' layer and the header of the weights say; None is unknown.

    ``context_length``: tokens it was trained for; ``num_ctx``: tokens that its parameters ask to be served.
    """

    model_format: str | None = None
    family: str | None = None
    parameter_size: str | None = None
    quantization: str | None = None
    capabilities: tuple[str, ...] = ()
    context_length: int | None = None
    num_ctx: int | None = None
    remote_host: str | None = None
    remote_model: str | None = None


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model as its manifest file tells it.

    ``path`` is the manifest's file. ``manifest`` is None where it cannot be read: ``problem`` says why, in words.
    """

    name: ModelName
    path: Path
    modified_at: datetime
    manifest: Manifest | None
    problem: str = ""
    is_remote: bool = False
    is_v2: bool = False
    config: ConfigFacts = ConfigFacts()


class StrayKind(StrEnum):
    """What a file in the model folder is that no model needs."""

    ORPHAN = "orphan"  # a whole blob that no manifest names
    PARTIAL = "partial"  # of a download that was not finished
    TEMPORARY = "temporary"  # of making or copying a model
    FOREIGN = "foreign"  # nothing of Ollama's
    MANIFEST = "manifest"  # among the manifests, and none: it may stop Ollama's own cleaning


@dataclass(frozen=True, slots=True)
class Stray:
    """One such file. ``digest``: the blob that a partial belongs to, or that an orphan is called by."""

    kind: StrayKind
    path: Path
    size: int
    modified_at: datetime
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Library:
    """One reading of a model folder. ``models`` by name. ``problems``: what could not be read, in words.

    ``is_whole`` is False where a folder among the manifests could not be read: a model that is not listed may be there.
    """

    folder: Path
    models: tuple[LocalModel, ...]
    strays: tuple[Stray, ...] = ()
    problems: tuple[str, ...] = ()
    is_whole: bool = True

    def users_of(self, digest: str) -> tuple[ModelName, ...]:
        """The models that need a blob."""
        return tuple(
            model.name
            for model in self.models
            if model.manifest and any(layer.digest == digest for layer in model.manifest.layers)
        )


class FolderSource(StrEnum):
    """From where the model folder is known."""

    SETTING = "setting"  # ours, or OLLAMA_MODELS
    SERVER = "server"  # a running server gave it away
    APP = "app"  # the setting of Ollama's own desktop app
    SERVICE = "service"  # the unit of a system service, or its home
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the models lie. ``is_there``: the folder exists; ``can_write``: files can be put into it by us.

    ``detail``: what a person should know of it, in words; mostly empty.
    """

    folder: Path
    source: FolderSource
    is_there: bool
    can_write: bool
    detail: str = ""


class BlobState(StrEnum):
    """What is known of a blob's bytes."""

    INTACT = "intact"  # hashed, and unchanged since by size, times and inode
    UNPROVEN = "unproven"  # there with the right size, not hashed since it changed
    DAMAGED = "damaged"  # its bytes do not hash to its name, or have another size
    MISSING = "missing"
    UNREADABLE = "unreadable"  # no right to read it, or the disk fails


@dataclass(frozen=True, slots=True)
class BlobCheck:
    """What is known of one blob. ``checked_at``: when it was last hashed whole (UTC); ``actual``: the digest that its
    bytes had then; ``size``: bytes it has on the disk; ``detail`` in words."""

    digest: str
    state: BlobState
    size: int | None = None
    checked_at: datetime | None = None
    actual: str = ""
    detail: str = ""


class Verdict(StrEnum):
    """What is to be said of a model."""

    INTACT = "intact"  # every blob was hashed, and is unchanged since
    UNPROVEN = "unproven"  # nothing is wrong as far as can be seen; not all was hashed
    DAMAGED = "damaged"
    MISSING = "missing"  # a blob is not there, or the whole model
    UNREADABLE = "unreadable"  # its manifest, or a blob
    REMOTE = "remote"  # served elsewhere; nothing to prove here


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """A layer and what is known of its blob; ``shared_by``: the other models that need it."""

    layer: Layer
    check: BlobCheck
    shared_by: tuple[ModelName, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """The verdict on one model.

    ``proven_at``: the oldest of its blobs' full hashes (UTC); None until all were hashed. ``detail``: what is wrong and
    what can be done, in words. ``loads``: what a load test said; None where none was made.
    """

    model: LocalModel
    verdict: Verdict
    layers: tuple[LayerCheck, ...] = ()
    proven_at: datetime | None = None
    detail: str = ""
    loads: bool | None = None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found. ``hashed_bytes`` and ``seconds`` are of the hashing."""

    checks: tuple[ModelCheck, ...]
    hashed_bytes: int = 0
    seconds: float = 0.0

    @property
    def bad(self) -> tuple[ModelCheck, ...]:
        """The models with something wrong."""
        wrong = {Verdict.DAMAGED, Verdict.MISSING, Verdict.UNREADABLE}
        return tuple(check for check in self.checks if check.verdict in wrong)


class CopyMeans(StrEnum):
    """How bytes came into the vault."""

    COPY = "copy"  # bytes of their own
    REFLINK = "reflink"  # shares its extents with the source: guards against deletion, not against the disk


@dataclass(frozen=True, slots=True)
class VaultVersion:
    """One version of a model in the vault.

    ``id`` sorts by time; ``manifest`` as it was, byte for byte. ``created_at``: when it was first copied;
    ``last_seen_at``: when the library last held this version. ``verified_at``: the time since which each of its objects
    was hashed and whole; None where one is damaged, lost, or never was.
    ``means``: a version shares its bytes with the models' disk where one of its objects does.
    """

    id: str
    name: ModelName
    manifest: Manifest
    created_at: datetime
    last_seen_at: datetime
    verified_at: datetime | None = None
    means: CopyMeans = CopyMeans.COPY


@dataclass(frozen=True, slots=True)
class VaultState:
    """How the vault stands. ``size``: bytes on the disk; ``is_same_disk``: as the models'; ``problem`` in words.

    ``is_gone``: there was one, and is none any more.
    """

    folder: Path
    versions: tuple[VaultVersion, ...] = ()
    size: int = 0
    free: int | None = None
    is_same_disk: bool = False
    problem: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What backing up did: versions that are new, models that were covered already, and what was refused and why.

    ``without_room``: those of the refused for which the vault's disk has no room.
    """

    made: tuple[VaultVersion, ...] = ()
    covered: tuple[ModelName, ...] = ()
    refused: Mapping[ModelName, str] = field(default_factory=dict)
    without_room: tuple[ModelName, ...] = ()
    copied_bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class VaultReport:
    """What proving copies found. ``proven`` of them were hashed and are whole; ``damaged``: digests that are not.

    ``renewed``: digests of damaged or lost copies that were made anew from a good source. ``lacking``: the versions
    that cannot be brought back whole, with the digests that they lack now. ``seconds`` are of the hashing.
    """

    proven: int = 0
    damaged: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    lacking: Mapping[VaultVersion, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0


class RepairMeans(StrEnum):
    """From where a blob or a model came back."""

    VAULT = "vault"
    SHARED = "another model"
    DOWNLOAD = "download"


class RepairState(StrEnum):
    """How a repair ended."""

    NOTHING = "nothing to repair"
    REPAIRED = "repaired"
    RESTART = "repaired, restart Ollama"  # proven on the disk; the server answers from what it remembers
    FAILED = "failed"  # and all is as it was
    BY_HAND = "to be done by hand"  # we may not write there: ``detail`` gives the exact command


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What came of repairing one model. ``detail`` and ``steps`` in words; ``means``: from where each blob came.

    ``whole``: digests of the blobs that were read in their places, and are whole.
    """

    name: ModelName
    state: RepairState
    detail: str = ""
    steps: tuple[str, ...] = ()
    means: Mapping[str, RepairMeans] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


class ServerState(StrEnum):
    """How the server answers."""

    RUNNING = "running"
    STRANGE = "strange"  # something answers, and it is not Ollama, or not as it should
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory (``/api/ps``). ``context``: tokens it is served with."""

    name: str
    size: int | None = None
    size_vram: int | None = None
    context: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServerLook:
    """One look at the server. ``latency_ms``: milliseconds until a cheap call was answered; None without an answer."""

    at: datetime
    url: str
    state: ServerState
    version: str = ""
    latency_ms: float | None = None
    loaded: tuple[Loaded, ...] = ()
    listed: frozenset[str] = frozenset()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A kept look: of the server (``model`` is empty) or of one model. ``ok``: it answered as it should."""

    at: datetime
    model: str
    ok: bool
    latency_ms: float | None = None
    detail: str = ""


class AlertKind(StrEnum):
    """What an alert is about. Its text is part of the key that makes one cause one alert."""

    SERVICE_DOWN = "service down"
    MODEL_MISSING = "model missing"
    LIBRARY_GONE = "library gone"
    CHECKSUM = "checksum failure"
    RESTORE = "restore failure"
    BACKUP = "backup failure"
    COPY = "copy damaged"
    MAINTENANCE = "maintenance failure"
    SLOW = "slower than before"


class AlertState(StrEnum):
    """Where an alert stands. One is pending until it was seen often enough to be told."""

    PENDING = "pending"
    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause, told once. ``seen``: times it was found again; what, why and todo as in a KnownError."""

    id: int
    kind: AlertKind
    subject: str
    state: AlertState
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    seen: int
    what: str
    why: str = ""
    todo: str = ""


@dataclass(frozen=True, slots=True)
class GuardEvent:
    """Something that happened to local models, in words, as the audit log keeps it."""

    at: datetime
    verb: str
    subject: str
    text: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """What a maintenance run did. ``opened`` and ``resolved`` are the alerts that changed with it."""

    look: ServerLook | None
    verified: VerifyReport | None = None
    backup: BackupReport | None = None
    repairs: tuple[RepairReport, ...] = ()
    opened: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    advice: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    copies: VaultReport | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one model stands, for lists: what is known without hashing anything now."""

    check: ModelCheck
    versions: tuple[VaultVersion, ...] = ()
    is_protected: bool = True
    answer_ms: float | None = None
    repaired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """How all stands: what the tab shows. ``place`` is None where no model folder was found."""

    place: Place | None
    look: ServerLook | None
    standings: tuple[Standing, ...] = ()
    vault: VaultState | None = None
    strays: tuple[Stray, ...] = ()
    alerts: tuple[Alert, ...] = ()
    problems: tuple[str, ...] = ()
