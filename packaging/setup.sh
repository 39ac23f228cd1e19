# What run.sh and test.sh share: a Python, its packages, and the system's libraries. Sourced; expects $root.
# shellcheck shell=sh
# Everything here speaks on standard error: standard output belongs to the program that is started.

venv=$root/.venv
marks=$venv/modelward

unset PYTHONHOME PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0

# Proven on a bare Debian 12: what Qt's own libraries and its xcb platform load. Newer releases provide the same names.
QT_PACKAGES="libglib2.0-0 libgl1 libegl1 libfontconfig1 libdbus-1-3 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 \
libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 fonts-dejavu-core"

say() { printf '%s\n' "modelward: $*" >&2; }

fail() {
    say "$@"
    exit 1
}

# ---------------------------------------------------------------- the system's packages

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

# Without our lock: a service that a package starts would hold it for ever.
apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" </dev/null >&2 9>&-
}

# install_packages WHAT-FOR PACKAGE…: installs them where that is allowed; else says how to, and fails.
install_packages() {
    purpose=$1
    shift
    if can_install; then
        say "installing $purpose: $*"
        apt install --no-install-recommends "$@" && return 0
        # The package lists may be empty or older than the archive.
        apt update && apt install --no-install-recommends "$@" && return 0
    fi
    say "$purpose is missing. On Debian and Ubuntu this line installs it:"
    printf '\n    sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n\n' "$*" >&2
    return 1
}

# ---------------------------------------------------------------- Python

is_good_python() {
    "$1" -I -c 'import sys, ensurepip, sqlite3, ssl, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        >/dev/null 2>&1 </dev/null
}

pick_python() {
    for python in ${MODELWARD_PYTHON:+"$MODELWARD_PYTHON"} python3.13 python3.12 python3.11 python3; do
        is_good_python "$python" && return 0
        [ "$python" != "${MODELWARD_PYTHON:-}" ] ||
            fail "MODELWARD_PYTHON names $python, which is no Python 3.11 to 3.13 with venv, ensurepip, sqlite3 and ssl."
    done
    return 1
}

find_python() {
    pick_python && return 0
    install_packages "Python 3.11 to 3.13 with its venv module" python3 python3-venv && pick_python && return 0
    fail "no Python 3.11 to 3.13 was found; where it lies elsewhere, name it: MODELWARD_PYTHON=/path/to/python3"
}

# ---------------------------------------------------------------- the environment

# is_ready KIND: whether .venv holds just what the lock file of KIND says. The one check of every later start.
is_ready() {
    [ -x "$venv/bin/python" ] &&
        cmp -s "$root/packaging/requirements.lock" "$marks/requirements.lock" &&
        { [ "$1" = run ] || cmp -s "$root/packaging/requirements-dev.lock" "$marks/requirements-dev.lock"; } &&
        { [ -z "${MODELWARD_PYTHON:-}" ] || [ "$MODELWARD_PYTHON" = "$(cat "$marks/python")" ]; }
}

# Locks are held by the open file and not by a process' name: whatever ends this shell releases them.
lock() {
    exec 9>"$root/.venv.lock" || fail "cannot write to $root: move the checkout to a folder of your own."
    "$python" -I -c '
import fcntl
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    import sys
    print("modelward: another setup is running here; waiting for it", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
' || fail "cannot lock $root/.venv.lock"
}

unlock() { exec 9>&-; }

# install_locked ENVIRONMENT LOCK-FILE
install_locked() {
    "$1/bin/python" -m pip install --quiet --require-hashes --no-deps --only-binary :all: \
        -r "$root/packaging/$2" >&2 </dev/null
}

# ready_environment KIND (run, dev): makes .venv what the lock files say. Does nothing, quickly, when it already is.
ready_environment() {
    ! is_ready "$1" || return 0
    find_python
    lock
    if is_ready "$1"; then
        :
    elif [ "$1" = dev ] && is_ready run && [ ! -e "$marks/extending" ]; then
        extend_environment
    else
        build_environment "$1"
    fi
    unlock
}

# The additions alone: a window that runs from this environment goes on undisturbed. Broken off, it is not resumed:
# what people run stands as it was, and the next test run builds anew.
extend_environment() {
    say "adding the tools of the tests to $venv"
    : >"$marks/extending"
    install_locked "$venv" requirements-dev.lock || fail "the tools could not be installed. Is there a network? The next start tries anew."
    cp "$root/packaging/requirements-dev.lock" "$marks/"
    rm "$marks/extending"
}

# Built beside and renamed when whole, so that no start ever meets half an environment.
build_environment() {
    new=$root/.venv.new
    say "setting up $venv with $("$python" --version); this happens once and takes a minute or two"
    rm -rf "$new" "$root/.venv.old"
    fill_environment "$1" || {
        rm -rf "$new"
        fail "the packages could not be installed; nothing was changed. Is there a network? The next start tries anew."
    }
    if [ -e "$marks" ]; then
        mv "$venv" "$root/.venv.old"
    elif [ -e "$venv" ]; then
        kept=$venv.kept.$(date +%Y%m%d%H%M%S)
        say "the .venv that was here is not of this script's making: it is kept as $kept"
        mv "$venv" "$kept"
    fi
    mv "$new" "$venv"
    rm -rf "$root/.venv.old"
}

fill_environment() {
    if [ "$1" = dev ]; then locks="requirements.lock requirements-dev.lock"; else locks=requirements.lock; fi
    "$python" -m venv "$new" >&2 && install_locked "$new" "${locks##* }" && mkdir "$new/modelward" || return 1
    for name in $locks; do cp "$root/packaging/$name" "$new/modelward/" || return 1; done
    printf '%s\n' "${MODELWARD_PYTHON:-$python}" >"$new/modelward/python"
    "$new/bin/python" - "$new" "$venv" "$root/packaging/launcher.sh" <<'PYTHON'
import pathlib, shutil, sys, sysconfig

new, final, launcher = map(pathlib.Path, sys.argv[1:])
# Relative, so that the checkout may be moved.
(pathlib.Path(sysconfig.get_path("purelib")) / "modelward.pth").write_text("../../../../app\n")
shutil.copy(launcher, new / "bin" / "modelward")
(new / "bin" / "modelward").chmod(0o755)
# The scripts that pip wrote name the place where they were written; they will run from the final one.
for script in (new / "bin").iterdir():
    if script.is_file() and not script.is_symlink():
        text = script.read_bytes()
        if str(new).encode() in text:
            script.write_bytes(text.replace(str(new).encode(), str(final).encode()))
PYTHON
}

# ---------------------------------------------------------------- Qt's libraries

missing_qt_libraries() {
    qt=$(echo "$venv"/lib/python3*/site-packages/PySide6/Qt)
    ldd "$qt/lib/libQt6Widgets.so.6" "$qt/plugins/platforms/libqxcb.so" 2>/dev/null |
        sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | grep -v '^libQt6' | sort -u | tr '\n' ' '
}

# ready_qt: finds, once, whether the libraries that Qt needs for a window are there, and installs them where it may.
ready_qt() {
    [ ! -e "$marks/qt-ready" ] && [ "$(uname -s)" = Linux ] || return 0
    missing=$(missing_qt_libraries)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        install_packages "what Qt's window needs" $QT_PACKAGES || return 1
        missing=$(missing_qt_libraries)
        [ -z "$missing" ] || { say "Qt still misses: $missing"; return 1; }
    fi
    : 2>/dev/null >"$marks/qt-ready" || true
}
