"""What pairs of characters cost in tokens: where tokenizers cut, measured, and made into two tables.

A tokenizer of the usual kinds cuts a text between two characters or does not. How often it does depends most of all on
those two: never between the "t" and the "h" of "the", nearly always between "q" and "k". The number of tokens is the
sum of these shares. They were measured over texts in twenty languages, code, tables, and noise, with the vocabularies
of OpenAI (100,000 and 200,000 entries), Qwen, and Mistral (131,000, and 32,000 of SentencePiece). ``LIKELY`` is their
mean; ``HIGH`` lies above the worst of them.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

GROUPS = ("text", "digits", "alphabets", "east asian", "other")
"""What characters are told apart as when a model's own way of counting is learned."""
_TEXT, _DIGITS, _ALPHABETS, _EAST_ASIAN, _OTHER = range(5)

# Tenths of a cut between two small letters of Latin: rows "a" to "z" for the first, columns for the second.
_ROWS = (
    "60009102210000601000100000 26641736319175299225194909 29331690360029039170399924 25711856338478299545478045 "
    "46205115563010631000731025 37932056199197109351199909 49782952389381399212179919 27960899279455149471399979 "
    "20000007700000111000507050 29981999191446399918279998 48782933493586399743453927 25601179377168339812471909 "
    "31921558399358139927499929 28101203393592253710319926 30106004540100204000010003 19640960596079119110499919 "
    "99999999999999999999099999 37220509294621162311244906 38271850492548227310370958 39241390396548319121495015 "
    "30111118312000919000757133 29590999499898299578799949 29991890399591189119390923 39393999399799819990999999 "
    "39578979698422319612897939 49752987494752699981397911"
)
_LETTERS = _ROWS.split()
_HIGH_OF_TENTHS = (0.14, 0.25, 0.42, 0.55, 0.68, 0.78, 0.88, 0.95, 1.0, 1.0)
# Signs that stand together so often that most vocabularies hold them as one.
_PAIRS = (
    r"""!! !" !- != "" "# ") ", "- ". "/ ": "; "< "> "? ## $_ ${ % && '# '' ') ', '. ': '; '< (" (' (( () (* (- """
    r"""(_ )) )* ), ). ): ); )] ){ *( *) ** *. */ ++ +- += ,, -- -> ." .. ._ /* // /> /_ :/ :: ;; <! </ << <= """
    r"""=" =% == => >" >< >= >> ?" ?) ?? [' [- [[ [] \\ ]) ], ]. ][ ]] _( _) __ `` {' {{ {} || }) }, }; }} ~~ """
)
_SIGNS = frozenset(_PAIRS.split())


class _Script(NamedTuple):
    """Characters that cost about the same, wherever they stand: tokens a character, likely and at most."""

    likely: float
    high: float
    group: int


_FALLBACK = _Script(2.0, 3.0, _OTHER)
_SPREADING = (6, 12, 36)
"""Bytes of what a compatibility character may be written out to, in classes."""

# Ranges of code points; later ones win.
_SCRIPTS: tuple[tuple[_Script, tuple[tuple[int, int], ...]], ...] = (
    (_Script(2.2, 4.0, _OTHER), ((0x10000, 0x10FFFF),)),
    (_Script(1.0, 2.0, _OTHER), ((0x80, 0xBF), (0x2B0, 0x36F), (0x590, 0x5CF), (0x700, 0x8FF))),
    (_Script(1.6, 2.0, _ALPHABETS), ((0x180, 0x24F), (0x250, 0x2AF), (0x400, 0x52F))),
    (_Script(0.8, 1.5, _ALPHABETS), ((0xC0, 0x17F),)),
    (_Script(0.9, 2.2, _ALPHABETS), ((0x1E00, 0x1EFF),)),
    (_Script(0.55, 1.1, _ALPHABETS), ((0x391, 0x3CE),)),
    (_Script(0.38, 0.85, _ALPHABETS), ((0x401, 0x401), (0x404, 0x407), (0x410, 0x44F), (0x451, 0x45F), (0x490, 0x491))),
    (_Script(1.1, 2.0, _ALPHABETS), ((0x530, 0x58F),)),
    (_Script(0.45, 1.15, _ALPHABETS), ((0x5D0, 0x5EA), (0x620, 0x64A), (0x6A9, 0x6CC))),
    (_Script(0.7, 1.6, _ALPHABETS), ((0x900, 0x9FF), (0xA00, 0xAFF), (0xB80, 0xBFF))),
    (_Script(1.2, 2.5, _ALPHABETS), ((0xB00, 0xB7F), (0xC00, 0xD7F), (0x1000, 0x109F))),
    (_Script(0.6, 1.25, _ALPHABETS), ((0xE00, 0xE7F),)),
    (_Script(1.0, 2.3, _ALPHABETS), ((0x10A0, 0x10FF),)),
    (_Script(0.9, 1.7, _OTHER), ((0x2010, 0x2027), (0x2030, 0x203A))),
    (_Script(0.8, 1.65, _EAST_ASIAN), ((0x3040, 0x30FF),)),
    (_Script(1.9, 3.0, _EAST_ASIAN), ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))),
)
_COMMON_EAST_ASIAN = _Script(0.85, 1.8, _EAST_ASIAN)
_COMMON_SIGNS = "\u3001\u3002\u300a\u300b\u300c\u300d\u3010\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"

_ASCII = 128


@cache
def classes() -> tuple[Bytes, tuple[_Script, ...]]:
    """The class of every code point (an ASCII character is its own), and what those beyond ASCII cost, in order."""
    scripts = [script for script, _ranges in _SCRIPTS]
    scripts += [_FALLBACK, _COMMON_EAST_ASIAN, *(_Script(3.0, float(most), _OTHER) for most in _SPREADING)]
    table = np.full(0x110000, _ASCII + len(_SCRIPTS), dtype=np.uint8)
    table[:_ASCII] = np.arange(_ASCII, dtype=np.uint8)
    for number, (_script, ranges) in enumerate(_SCRIPTS):
        for first, last in ranges:
            table[first : last + 1] = _ASCII + number
    common = _ASCII + len(_SCRIPTS) + 1
    table[[ord(sign) for sign in _common_east_asian()]] = common
    for code, spread in _spreading().items():
        table[code] = common + 1 + next(place for place, most in enumerate(_SPREADING) if spread <= most)
    return table, tuple(scripts)


@cache
def tables() -> tuple[Floats, Floats, Bytes]:
    """Tokens of a pair of classes, likely and at most, and the group of the second of the pair."""
    _table, scripts = classes()
    size = _ASCII + len(scripts)
    likely, high = np.ones((size, size), np.float32), np.ones((size, size), np.float32)
    group = np.full(size, _TEXT, np.uint8)
    group[ord("0") : ord("9") + 1] = _DIGITS
    for first in range(_ASCII):
        for second in range(_ASCII):
            likely[first, second], high[first, second] = _pair(chr(first), chr(second))
    letters = [code for code in range(_ASCII) if chr(code).isalpha()]
    for number, script in enumerate(scripts, _ASCII):
        likely[:, number], high[:, number], group[number] = script
        # Inside a word with an accented letter.
        likely[number, letters], high[number, letters] = 0.5, 1.0
    return likely, high, group


def _pair(first: str, second: str) -> tuple[float, float]:
    """What a character of ASCII costs behind another one: likely and at most."""
    if first.isalpha() and second.isalpha():
        return _letters(first, second)
    if first.isdigit() and second.isdigit():
        return 0.55, 1.0
    if first == " ":
        return _behind_a_space(second)
    if first in "\n\r\t" and second in "\n\r\t ":
        return (0.3, 1.0) if first == second or first + second == "\r\n" else (0.8, 1.0)
    if first == "\t":
        return 0.5, 1.0
    if _is_sign(first):
        return _behind_a_sign(first, second)
    return 1.0, 1.0


def _letters(first: str, second: str) -> tuple[float, float]:
    if first.islower() and second.isupper():
        return 0.9, 1.0
    tenths = int(_LETTERS[ord(first.lower()) - ord("a")][ord(second.lower()) - ord("a")])
    likely, high = tenths / 10 + 0.03, _HIGH_OF_TENTHS[tenths]
    if first.isupper():
        likely, high = likely + (0.15 if second.isupper() else 0.05), high + 0.2
    return min(likely, 1.0), min(high, 1.0)


def _behind_a_space(second: str) -> tuple[float, float]:
    if second == " ":
        return 0.2, 0.35
    if second.isalpha():
        return 0.0, 0.15
    if _is_sign(second):
        return 0.02, 0.3
    return (0.3, 1.0) if second == "\n" else (1.0, 1.0)


def _behind_a_sign(first: str, second: str) -> tuple[float, float]:
    if _is_sign(second):
        if first == second:
            return 0.08, 0.3
        return (0.15, 0.5) if first + second in _SIGNS else (0.75, 1.0)
    if second.isalpha():
        return 0.75, 1.0
    return (0.35, 1.0) if second in "\r\n" else (1.0, 1.0)


def _is_sign(character: str) -> bool:
    return character.isprintable() and not character.isalnum() and character != " "


def _common_east_asian() -> set[str]:
    """The characters that the national standards list as common: those that vocabularies hold whole."""
    found = set(_COMMON_SIGNS)
    # Rows of the code tables: the first levels of GB 2312, of JIS X 0208 and of Big5, and the syllables of KS X 1001.
    for codec, first, last in (
        ("gb2312", 0xB0, 0xD7),
        ("euc_jp", 0xB0, 0xCF),
        ("big5", 0xA4, 0xC6),
        ("euc_kr", 0xB0, 0xC8),
    ):
        for lead in range(first, last + 1):
            for trail in range(0x40, 0xFF):
                found |= set(bytes((lead, trail)).decode(codec, "ignore"))
    return {sign for sign in found if ord(sign) >= 0x3000}


def _spreading() -> dict[int, int]:
    """Code points that some tokenizers first write out longer (NFKC), and the bytes of that."""
    found: dict[int, int] = {}
    for first, last in pairwise((0x80, 0xD800, 0xE000, 0x10000, 0x1F000, 0x20000)):
        if first == 0xD800:
            continue
        for code in range(first, last):
            character = chr(code)
            if unicodedata.decomposition(character).startswith("<"):
                spread = len(unicodedata.normalize("NFKC", character).encode())
                if spread > len(character.encode()):
                    found[code] = spread
    return found
