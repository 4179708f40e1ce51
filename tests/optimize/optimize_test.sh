#!/usr/bin/env bash
# Every case of cases.py keeps its bounds. Needs the models and data of VERGE_DATA; without them the test is listed as not
# run.
set -euo pipefail
verge=$1 python=$2 cache=$3
exec "$python" "$(dirname "${BASH_SOURCE[0]}")/models.py" "$verge" "${VERGE_DATA:-}" "$cache" --quick
