#!/bin/sh
# Starts Modelward from this checkout, setting up what it needs the first time.
#   sh packaging/run.sh              opens the window
#   sh packaging/run.sh status       runs a command; see --help
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/packaging/setup.sh"

ready_environment run
case ${1:-} in
    '' | --minimized) ready_qt ;; # a command needs no screen, and none of Qt's libraries
esac
exec "$venv/bin/python" -P -m modelward "$@"
