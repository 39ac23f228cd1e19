#!/bin/sh
# Checks everything: style, types, import contracts and the whole test suite. Sets up what that needs the first time.
#   sh packaging/test.sh                     all of it
#   sh packaging/test.sh tests/catalog -x    pytest alone, with these arguments
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/packaging/setup.sh"

ready_environment dev
python=$venv/bin/python
lock
ready_qt || fail "the window's tests need these libraries."

has_postgres() {
    set -- /usr/lib/postgresql/*/bin/initdb
    [ -x "$1" ] || command -v initdb >/dev/null 2>&1
}
has_postgres || install_packages "the PostgreSQL server that the store is tested on" postgresql ||
    say "going on without PostgreSQL: its tests will be skipped"
# Where it could be installed, or must be there, a skip would be a hole.
if has_postgres || [ -n "${CI:-}" ]; then export MODELWARD_REQUIRE_POSTGRES=1; fi

has_keyring() { command -v dbus-daemon && command -v gnome-keyring-daemon; } >/dev/null 2>&1
has_keyring || install_packages "the keyring that keys are tested in" dbus gnome-keyring ||
    say "going on without a keyring: its tests will be skipped"
if has_keyring || [ -n "${CI:-}" ]; then export MODELWARD_REQUIRE_KEYRING=1; fi

has_screen() { [ -n "${DISPLAY:-}" ] || { command -v Xvfb && command -v openbox; } >/dev/null 2>&1; }
has_screen || install_packages "a virtual screen for the window's tests" xvfb openbox ||
    say "going on without a screen: the window's tests run on Qt's offscreen platform"

has_tray() { command -v trayer >/dev/null 2>&1; }
[ -n "${DISPLAY:-}" ] || has_tray || install_packages "the tray that the window is hidden in" trayer ||
    say "going on without a tray: its tests will be skipped"
unlock

scratch=$(mktemp -d)
screen= manager= others=
finish() {
    # shellcheck disable=SC2086
    { kill $others $manager $screen; wait $others $manager $screen; } 2>/dev/null || true
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# await FILE WHAT: waits, 20 seconds at most, until something was written to the file.
await() {
    tries=200
    until [ -s "$scratch/$1" ]; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "$2 did not start"
        sleep 0.1
    done
}

# A screen of our own on a free display, with a window manager: both tell when they are up.
open_screen() {
    Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp 3>"$scratch/display" >/dev/null 2>&1 &
    screen=$!
    await display Xvfb
    unset WAYLAND_DISPLAY
    DISPLAY=:$(cat "$scratch/display")
    export DISPLAY QT_QPA_PLATFORM=xcb
    told=$scratch/manager openbox --sm-disable --startup "sh -c 'echo up >\"\$told\"'" >/dev/null 2>&1 &
    manager=$!
    await manager openbox
}
if [ -z "${DISPLAY:-}" ] && has_screen; then
    open_screen
    # The tests start and end it themselves: on a screen of somebody else's there may be another.
    if has_tray || [ -n "${CI:-}" ]; then export MODELWARD_REQUIRE_TRAY=1; fi
fi

cd "$root"
[ $# -eq 0 ] || { "$venv/bin/python" -m pytest "$@"; exit; }

# Every check runs, whatever the ones before it found: one run tells all there is to mend.
failed=
check() { "$@" || failed="$failed $(basename "$1")"; }
check "$venv/bin/ruff" check
check "$venv/bin/ruff" format --check
check "$venv/bin/mypy"
check "$venv/bin/lint-imports"

# Two halves at once, each about as long; what the second says is shown behind the first.
test_all() {
    first="tests/ui tests/flows tests/ollama tests/benchmarks tests/advice" outcome=0
    # shellcheck disable=SC2046,SC2086
    "$venv/bin/pytest" $(printf -- '--ignore=%s ' $first) >"$scratch/others" 2>&1 &
    others=$!
    # shellcheck disable=SC2086
    "$venv/bin/pytest" $first || outcome=$?
    wait "$others" || outcome=$?
    others=
    cat "$scratch/others"
    return "$outcome"
}
check test_all
[ -z "$failed" ] || fail "failed:$failed"
