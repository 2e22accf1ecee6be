#!/usr/bin/env bash
# Install stance into a virtual environment, analyse a sample article and say where the report is.
#   bash scripts/demo.sh [ARTICLE]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
make_environment ""
article="${1:-$root/corpora/articles/strait-dispute.txt}"
run="$root/runs/demo"
mkdir -p "$root/runs"
"$python" -m stance analyze "$article" -o "$run" --overwrite
echo
echo "Open the report in a browser: $run/report.html"
