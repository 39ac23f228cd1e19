"""The chips above the table: each narrows what is shown, says by what, and lets go again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from modelward.catalog.fields import read_typed
from modelward.catalog.model import Capability, Field, Kind, Model
from modelward.ui.catalog.columns import price_text
from modelward.ui.catalog.filters import CatalogFilter
from modelward.ui.catalog.names import capability_name, in_order, missing_name, provider_name
from modelward.ui.kit.choices import Choice, ChoicePopup, LimitPopup
from modelward.ui.kit.controls import FilterChip
from modelward.ui.kit.flow import FlowLayout
from modelward.ui.kit.theme import SPACE, Theme

if TYPE_CHECKING:
    # Behind the first rows.
    from modelward.discovery.standing import Standing

_CONTEXTS = (("32k", "32,000"), ("128k", "128,000"), ("200k", "200,000"), ("1M", "1,000,000"))
_NEW = (("1", "Today and yesterday"), ("7", "Last 7 days"), ("30", "Last 30 days"))
_PRICES = (("0.1", "$0.10"), ("0.5", "$0.50"), ("1", "$1.00"), ("5", "$5.00"), ("15", "$15.00"))

# Parts that are on or off: the part of the filter, its value when on, and what it means.
_FLAGS: dict[str, tuple[str, bool, str]] = {
    "Available": ("is_available", True, "Its provider lists it for you"),
    "Free": ("is_free", True, "Input and output cost nothing"),
    "Local": ("is_local", True, "Runs on your own machine"),
    "Incomplete": ("is_complete", False, "Context window, capabilities or price is unknown"),
    "Complete": ("is_complete", True, "Context window, capabilities and price are known"),
    "Own values": ("has_own_value", True, "You set a value yourself"),
    "Sources differ": ("has_dissent", True, "Two sources state something else"),
}
# Rarer ones stay in a menu until they are on.
_RARE = ("Local", "Complete", "Own values", "Sources differ")


class FilterBar(QWidget):
    """Holds the filter of the catalogue; ``changed`` says that it is another one now."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Filters")
        self.filter = CatalogFilter()
        self._models: list[Model] = []
        self._standings: Mapping[str, Standing] = {}
        self._flow = FlowLayout(self, gap=SPACE)
        self._choices = ChoicePopup(theme, self)
        self._contexts = LimitPopup("Context window of at least", _CONTEXTS, _read_context, self)
        self._contexts.chosen.connect(lambda text: self._let(min_context=_read_context(text)))
        self._prices = LimitPopup("Input and output price of at most", _PRICES, _read_price, self)
        self._prices.chosen.connect(lambda text: self._let(max_price=_read_price(text)))
        self._chips = {
            "providers": self._chip("Provider", "providers", self._open_providers),
            "capabilities": self._chip("Capability", "capabilities", self._open_capabilities),
            "kinds": self._chip("Kind", "kinds", self._open_kinds),
            "min_context": self._chip("Context", "min_context", lambda: self._open(self._contexts, "min_context")),
            "max_price": self._chip("Price", "max_price", lambda: self._open(self._prices, "max_price")),
            "new_days": self._chip("New", "new_days", self._open_new),
            "missing": self._chip("Missing", "missing", None),
        }
        self._flags = {label: self._flag_chip(label) for label in _FLAGS}
        self._more = FilterChip("More", self)
        self._more.opened.connect(self._open_more)
        self._clear = QPushButton("Clear all", self)
        self._clear.setProperty("role", "link")
        self._clear.clicked.connect(self.clear)
        for chip in (self._more, self._clear):
            self._flow.addWidget(chip)
        self._show()

    def set_models(self, models: list[Model]) -> None:
        """Says what there is to choose from; it is counted when a list is opened."""
        self._models = models

    def set_standings(self, standings: Mapping[str, Standing]) -> None:
        """Says how the providers in use stand, by id; the list of providers names it, these first."""
        self._standings = standings

    def set_filter(self, wanted: CatalogFilter) -> None:
        """Shows another filter and tells of it."""
        if wanted != self.filter:
            self.filter = wanted
            self._show()
            self.changed.emit()

    def clear(self) -> None:
        """Lets everything pass."""
        self.set_filter(CatalogFilter())

    def _let(self, **parts: object) -> None:
        self.set_filter(replace(self.filter, **parts))  # type: ignore[arg-type]

    def _chip(self, label: str, part: str, opened: Callable[[], None] | None) -> FilterChip:
        chip = FilterChip(label, self)
        if opened is not None:
            chip.opened.connect(opened)
        chip.cleared.connect(lambda: self.set_filter(self.filter.without(part)))
        self._flow.addWidget(chip)
        return chip

    def _flag_chip(self, label: str) -> FilterChip:
        part, value, meaning = _FLAGS[label]
        chip = FilterChip(label, self, is_switch=True)
        chip.setToolTip(meaning)
        chip.opened.connect(lambda: self._let(**{part: value}))
        chip.cleared.connect(lambda: self.set_filter(self.filter.without(part)))
        self._flow.addWidget(chip)
        return chip

    def _show(self) -> None:
        wanted = self.filter
        self._chips["providers"].show_value(_some(map(provider_name, sorted(wanted.providers))))
        self._chips["capabilities"].show_value(_some(map(capability_name, in_order(wanted.capabilities))))
        self._chips["kinds"].show_value(_some(sorted(wanted.kinds)))
        self._chips["min_context"].show_value(None if wanted.min_context is None else f"≥ {wanted.min_context:,}")
        self._chips["max_price"].show_value(None if wanted.max_price is None else _price_words(wanted.max_price))
        self._chips["new_days"].show_value(_days_words(wanted.new_days))
        self._chips["missing"].show_value(missing_name(wanted.missing) if wanted.missing else None)
        self._chips["missing"].setVisible(wanted.missing is not None)
        for label, chip in self._flags.items():
            is_on = self._is_on(label)
            chip.show_value(label if is_on else None)
            chip.setVisible(is_on or label not in _RARE)
        self._clear.setVisible(bool(wanted))

    def _is_on(self, label: str) -> bool:
        part, value, _meaning = _FLAGS[label]
        return getattr(self.filter, part) is value

    def _open(self, popup: LimitPopup, part: str) -> None:
        popup.open_below(self._chips[part])

    def _open_providers(self) -> None:
        counts = Counter(model.provider for model in self._models)
        counts.update(dict.fromkeys(self._standings.keys() - counts.keys(), 0))
        ids = sorted(counts, key=lambda key: (key not in self._standings, provider_name(key).casefold()))
        choices = [Choice(key, provider_name(key), counts[key], self._standings.get(key, "")) for key in ids]
        self._open_choices("Providers", "providers", choices)

    def _open_capabilities(self) -> None:
        counts = Counter(word for model in self._models for word in model.capabilities or ())
        choices = [Choice(word, capability_name(word), counts[word]) for word in in_order(Capability)]
        self._open_choices("Capabilities, all of them", "capabilities", choices)

    def _open_kinds(self) -> None:
        counts = Counter(model.kind for model in self._models)
        self._open_choices("Kinds", "kinds", [Choice(kind, kind.value, counts[kind]) for kind in Kind])

    def _open_new(self) -> None:
        menu = QMenu(self)
        for days, label in _NEW:
            menu.addAction(label).triggered.connect(lambda _checked=False, days=days: self._let(new_days=int(days)))
        menu.aboutToHide.connect(menu.deleteLater)
        chip = self._chips["new_days"]
        menu.popup(chip.mapToGlobal(chip.rect().bottomLeft()))

    def _open_choices(self, title: str, part: str, choices: list[Choice]) -> None:
        words: dict[str, Callable[[str], str]] = {"capabilities": Capability, "kinds": Kind}
        made = words.get(part, str)
        self._choices.ask(
            title,
            choices,
            cast("frozenset[str]", getattr(self.filter, part)),
            lambda ticked: self._let(**{part: frozenset(made(key) for key in ticked)}),
        )
        self._choices.open_below(self._chips[part])

    def _open_more(self) -> None:
        menu = QMenu(self)
        for label in _RARE:
            part, value, meaning = _FLAGS[label]
            action = menu.addAction(label)
            action.setToolTip(meaning)
            action.setCheckable(True)
            action.setChecked(self._is_on(label))
            action.toggled.connect(
                lambda on, part=part, value=value: self.set_filter(
                    replace(self.filter, **{part: value}) if on else self.filter.without(part)
                )
            )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))


def _some(words: Iterable[str]) -> str | None:
    """The first word, and how many follow: ``OpenAI +2``."""
    told = list(words)
    if not told:
        return None
    return told[0] if len(told) == 1 else f"{told[0]} +{len(told) - 1}"


def _days_words(days: int | None) -> str | None:
    return None if days is None else dict(_NEW).get(str(days), f"last {days} days").lower()


def _price_words(price: Decimal) -> str:
    return "free" if price == 0 else f"≤ ${price_text(price)}"


def _read_context(text: str) -> int:
    return cast("int", read_typed(Field.CONTEXT_WINDOW, text))


def _read_price(text: str) -> Decimal:
    return cast("Decimal", read_typed(Field.PRICE_INPUT, text))
