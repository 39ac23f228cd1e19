#!/bin/sh
# Writes both lock files anew from pyproject.toml, for every supported Python and system at once. Needs uv.
set -eu
cd "$(dirname -- "$0")/.."
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@" pyproject.toml
}
compile --extra postgres --output-file packaging/requirements.lock
# The tests' tools are added to the very versions that people run.
compile --extra postgres --group dev --constraints packaging/requirements.lock --output-file packaging/requirements-dev.lock
