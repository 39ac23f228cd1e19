"""What the window tells, and how it is kept."""

from __future__ import annotations

from modelward.core.errors import KnownError
from modelward.ui.shell.notices import MOST_KEPT, Mood, Notice, Notices, of_crash, of_known


def test_a_known_error_is_told_in_its_own_words_without_details() -> None:
    notice = of_known(KnownError("The folder is read-only.", why="No permission.", todo="Choose another."))
    assert (notice.what, notice.why, notice.todo) == ("The folder is read-only.", "No permission.", "Choose another.")
    assert not notice.is_crash
    assert "No permission." in notice.to_text()


def test_a_crash_keeps_its_whole_story_for_the_copy_but_not_for_the_screen() -> None:
    try:
        raise ZeroDivisionError("by nought")
    except ZeroDivisionError as error:
        notice = of_crash(error)
    assert notice.is_crash
    assert "Traceback" not in notice.what + notice.why + notice.todo
    assert "test_notices.py" in notice.to_text()


def test_unread_notices_are_counted_until_they_are_looked_at() -> None:
    notices = Notices()
    notices.add(Notice(Mood.WELL, "Done."))
    notices.add(Notice(Mood.ATTENTION, "Look."))
    assert (notices.unread, notices.worst_unread) == (2, Mood.ATTENTION)
    notices.mark_read()
    assert (notices.unread, notices.worst_unread) == (0, Mood.WELL)
    assert [notice.what for notice in notices.newest_first] == ["Look.", "Done."]


def test_a_fault_that_repeats_is_listed_once_and_is_unread_again() -> None:
    notices = Notices()
    notices.add(Notice(Mood.TROUBLE, "Disk full."))
    notices.mark_read()
    for _ in range(3):
        notices.add(Notice(Mood.TROUBLE, "Disk full."))
    assert len(notices.newest_first) == 1
    assert (notices.unread, notices.worst_unread) == (1, Mood.TROUBLE)


def test_only_the_newest_notices_are_kept() -> None:
    notices = Notices()
    for number in range(MOST_KEPT + 5):
        notices.add(Notice(Mood.WELL, str(number)))
    assert len(notices.newest_first) == notices.unread == MOST_KEPT
    assert notices.newest_first[-1].what == "5"
