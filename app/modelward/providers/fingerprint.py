"""What answers at an address: tells the kinds of compatible servers apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from modelward.core.errors import AnswerError, KeyRefusedError, NetworkError, NotOfferedError, UnreachableError
from modelward.core.secret import Secret
from modelward.net.client import Client
from modelward.net.errorbody import shown
from modelward.net.model import CHECKING, Call
from modelward.providers.addresses import whole_address
from modelward.providers.jsonparts import obj, text
from modelward.providers.local import LLAMA_CPP, LM_STUDIO, OLLAMA, OPENAI_COMPATIBLE, VLLM, placed, root_of
from modelward.providers.model import KnownProvider
from modelward.providers.modelrows import check_models, rows_in

_OWNERS = {"vllm": VLLM, "llamacpp": LLAMA_CPP, "organization_owner": LM_STUDIO}
_LONGEST_VERSION = 40


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What answered.

    ``known``: the row of data that speaks like it, its base URL filled in. ``what``: its name for people. ``models``:
    how many it lists.
    """

    known: KnownProvider
    what: str
    models: int


async def look_at(client: Client, url: str, key: Secret | None = None) -> Fingerprint:
    """Find out what answers at an address that a person typed ("localhost:8000", with or without "/v1").

    Raises BadValueError for what is no address, or holds a key or a password, and NetworkError.
    """
    look = _Look(client, whole_address(url, key), key)
    looks: tuple[Callable[[], Awaitable[Fingerprint | None]], ...] = (
        look.for_ollama,
        look.for_lm_studio,
        look.for_compatible,
        look.for_compatible_as_typed,
    )
    for each in looks:
        try:
            if found := await each():
                return found
        except UnreachableError:
            raise
        except NetworkError as error:
            look.problems.append(error)
    raise look.nothing_known()


class _Look:
    """Asks one server in one way after the other. ``problems``: what went wrong on the way."""

    def __init__(self, client: Client, address: str, key: Secret | None) -> None:
        self._client = client
        self._address = address
        self._root = root_of(address)
        self._host = urlsplit(address).netloc
        self._key = key
        self.problems: list[NetworkError] = []

    async def for_ollama(self) -> Fingerprint | None:
        version = obj(await self._ask("/api/version")).get("version")
        if not isinstance(version, str):
            return None
        # Others have this path too; the list below is Ollama's alone.
        rows = self._rows(await self._ask("/api/tags"))
        return self._found(OLLAMA, rows, version)

    async def for_lm_studio(self) -> Fingerprint | None:
        document = await self._ask("/api/v1/models")
        rows = self._rows(document)
        is_its_own = "models" in obj(document) and all("key" in obj(row) and "type" in obj(row) for row in rows)
        return self._found(LM_STUDIO, rows) if is_its_own else None

    async def for_compatible(self) -> Fingerprint | None:
        rows = self._rows(await self._ask("/v1/models"))
        owners = Counter(text(obj(row).get("owned_by")) for row in rows)
        owner = next((owner for owner, _times in owners.most_common(1)), "")
        if owner in _OWNERS:
            return self._found(_OWNERS[owner], rows)
        if await self._has_props():
            return self._found(LLAMA_CPP, rows)
        return Fingerprint(placed(OPENAI_COMPATIBLE, self._root + "/v1"), OPENAI_COMPATIBLE.title, len(rows))

    async def for_compatible_as_typed(self) -> Fingerprint | None:
        rows = self._rows(await self._ask(self._address + "/models"))
        return Fingerprint(placed(OPENAI_COMPATIBLE, self._address), OPENAI_COMPATIBLE.title, len(rows))

    def nothing_known(self) -> NetworkError:
        """What to tell of a server that answers, but is none of these."""
        wants_key = next((each for each in self.problems if isinstance(each, KeyRefusedError)), None)
        if wants_key and self._key is None:
            return KeyRefusedError(
                f"Something that wants a key answers at {self._host}.",
                why=wants_key.why,
                todo="Enter its key, and look again.",
                status=wants_key.status,
            )
        lasting = [each for each in self.problems if not isinstance(each, NotOfferedError | AnswerError)]
        answers = [each for each in self.problems if isinstance(each, AnswerError)]
        return next(iter(lasting or answers), None) or AnswerError(
            f"What answers at {self._host} is no server of models that is known here.",
            why="It has none of the lists that such servers have.",
            todo="Type the address as the server's guide gives it for OpenAI-compatible programs.",
        )

    async def _has_props(self) -> bool:
        try:
            return "default_generation_settings" in obj(await self._ask("/props"))
        except NetworkError:
            return False

    async def _ask(self, path: str) -> object:
        url = path if "://" in path else self._root + path
        document, _answer = await self._client.ask_json(
            Call(self._host, self._host, url, key=self._key, patience=CHECKING, is_repeatable=False)
        )
        return document

    def _rows(self, document: object) -> list[object]:
        rows = rows_in(self._host, document)
        check_models(self._host, rows)
        return rows

    def _found(self, known: KnownProvider, rows: list[object], version: str = "") -> Fingerprint:
        what = f"{known.title} {shown(version)[:_LONGEST_VERSION]}".rstrip()
        return Fingerprint(placed(known, self._root), what, len(rows))
