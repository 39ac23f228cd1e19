#!/bin/sh
# Starts Modelward with the Python beside this file; setup.sh copies it into .venv/bin as `modelward`.
exec "$(dirname -- "$(readlink -f -- "$0")")/python" -P -m modelward "$@"
