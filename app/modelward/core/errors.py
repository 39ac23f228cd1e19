"""The exception tree.

::

    Exception
    ├── KnownError                  the world: what happened, why, what to do
    │   ├── UsageError              wrong use of a command or a field            (exit code 2)
    │   │   ├── SettingsError       config.yaml or a variable is wrong
    │   │   ├── UnknownModelError   no model of that id in the catalogue
    │   │   └── BadValueError       a value that its field does not allow
    │   ├── InputError              a file, a reply or a row from outside is unreadable (exit code 1)
    │   ├── StoreError              the database cannot be used                  (exit code 1)
    │   │   ├── NewerStoreError     written by a newer Modelward
    │   │   └── DamagedStoreError   not a readable database; set aside, never overwritten
    │   ├── FolderError             a folder cannot be made or written           (exit code 1)
    │   ├── StoreBusyError          another Modelward holds the store            (exit code 4)
    │   └── ProtectionError         refused to protect data                      (exit code 3)
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


class StoreBusyError(KnownError):
    """Another Modelward holds the store."""

    exit_code = 4


class ProtectionError(KnownError):
    """An action was refused because data could not be protected first."""

    exit_code = 3
