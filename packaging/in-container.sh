#!/bin/sh
# Starts a command of Modelward inside the container.
export PYTHONPATH=/opt/modelward/app
exec /opt/venv/bin/python -P -m modelward "$@"
