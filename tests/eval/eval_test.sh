#!/usr/bin/env bash
# Every evaluation of this folder meets what it requires. Needs the models and data of VERGE_DATA; without them the test
# is listed as not run.
set -euo pipefail
verge=$1 folder=$2 cache=$3
if [ -z "${VERGE_DATA:-}" ]; then
  echo "not run: VERGE_DATA names no folder of models and data"
  exit 77
fi
exec "$verge" eval --all "$folder" --param "data=$VERGE_DATA" --param "cache=$cache"
