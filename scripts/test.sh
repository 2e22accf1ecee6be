#!/usr/bin/env bash
# Install stance with its test tools into a virtual environment, then run linters, types and tests.
#   bash scripts/test.sh [PYTEST ARGUMENTS]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
make_environment "test"
cd "$root"
"$python" -m ruff format --check stance scripts tests
"$python" -m ruff check stance scripts tests
"$python" -m mypy
"$python" -m pytest "$@"
