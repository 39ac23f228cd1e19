"""The exception tree.

::

    Exception
    ├── KnownError                  the world: what happened, why, what to do
    │   ├── UsageError              wrong use of a command or a field            (exit code 2)
    │   │   ├── SettingsError       config.yaml or a variable is wrong
    │   │   ├── UnknownModelError   no model of that id in the catalogue
    │   │   ├── UnknownProviderError    no provider of that id
    │   │   └── BadValueError       a value that its field does not allow
    │   ├── InputError              a file, a reply or a row from outside is unreadable (exit code 1)
    │   ├── StoreError              the database cannot be used                  (exit code 1)
    │   │   ├── NewerStoreError     written by a newer Modelward
    │   │   └── DamagedStoreError   not a readable database; set aside, never overwritten
    │   ├── FolderError             a folder cannot be made or written           (exit code 1)
    │   ├── NetworkError            a server could not be asked, or its answer not used (exit code 1)
    │   │   ├── UnreachableError    no network, no such name, refused, timed out, TLS, proxy
    │   │   ├── AnswerError         what came back is not what was asked for
    │   │   └── RefusedError        the server said no
    │   │       ├── KeyRefusedError     the key is wrong, revoked or missing
    │   │       ├── NoCreditError       the account has no credit or quota left
    │   │       ├── RateLimitedError    too much was asked; later it may be right
    │   │       ├── NotOfferedError     there is no such model or path
    │   │       └── ServerFailedError   the server failed or is overloaded
    │   ├── KeyStoreError           keys cannot be kept or read                  (exit code 1)
    │   ├── StoreBusyError          another Modelward holds the store            (exit code 4)
    │   └── ProtectionError         refused to protect data                      (exit code 3)
    │       └── BudgetError         refused to protect money
    └── anything else               our bug: logged whole, shown as a crash notice
"""

from __future__ import annotations


class KnownError(Exception):
    """Something of the world went wrong, told so that a person can act.

    ``what`` happened, in one sentence; ``why``, as far as it is known; ``todo``: the next step.
    All three are plain text (never markup, never a secret).
    """

    exit_code = 1

    def __init__(self, what: str, *, why: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.todo = todo

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.todo) if part)


class UsageError(KnownError):
    """The command or the field was used wrongly."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting has an unknown key or a value that is not allowed."""


class UnknownModelError(UsageError):
    """No model of that id is in the catalogue."""


class UnknownProviderError(UsageError):
    """No provider of that id is known."""


class BadValueError(UsageError):
    """A value that its field does not allow."""


class InputError(KnownError):
    """A file, a reply or a row from outside cannot be read."""


class StoreError(KnownError):
    """The database cannot be used."""


class NewerStoreError(StoreError):
    """The store was written by a newer Modelward."""


class DamagedStoreError(StoreError):
    """The store is not a readable database. It is set aside, never overwritten."""


class FolderError(KnownError):
    """A folder cannot be made or written."""


class NetworkError(KnownError):
    """A server could not be asked, or its answer could not be used."""


class UnreachableError(NetworkError):
    """No answer came: no network, no such name, refused, timed out, TLS, proxy.

    ``was_sent``: the question may have arrived all the same, so that it may be worked on, and cost.
    """

    def __init__(self, what: str, *, why: str = "", todo: str = "", was_sent: bool = False) -> None:
        super().__init__(what, why=why, todo=todo)
        self.was_sent = was_sent


class AnswerError(NetworkError):
    """What came back is not what was asked for: a web page, a cut-off or endless answer, another shape."""


class RefusedError(NetworkError):
    """The server said no. ``status`` is the HTTP status, or None where the refusal came inside an answer."""

    def __init__(self, what: str, *, why: str = "", todo: str = "", status: int | None = None) -> None:
        super().__init__(what, why=why, todo=todo)
        self.status = status


class KeyRefusedError(RefusedError):
    """The key is wrong, revoked, without the right, or missing."""


class NoCreditError(RefusedError):
    """The account has no credit or quota left; asking again does not help."""


class RateLimitedError(RefusedError):
    """Too much was asked. ``wait_seconds``: when the server wants to be asked again, where it said so."""

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        todo: str = "",
        status: int | None = None,
        wait_seconds: float | None = None,
    ) -> None:
        super().__init__(what, why=why, todo=todo, status=status)
        self.wait_seconds = wait_seconds


class NotOfferedError(RefusedError):
    """There is no such model or path at the server."""


class ServerFailedError(RefusedError):
    """The server failed or is overloaded."""


class KeyStoreError(KnownError):
    """Keys cannot be kept or read: no keyring, a locked one, or one that does not answer."""


class StoreBusyError(KnownError):
    """Another Modelward holds the store."""

    exit_code = 4


class ProtectionError(KnownError):
    """An action was refused because data could not be protected first."""

    exit_code = 3


class BudgetError(ProtectionError):
    """A call was refused because it costs, or may cost, more than was allowed."""
