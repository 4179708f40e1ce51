# How right the models are, on data with labels.

# The folder of models and data sets: VERGE_DATA, or ../shared/data when it is there.
eval_data() {
  if [ -n "${VERGE_DATA:-}" ]; then
    echo "$VERGE_DATA"
  elif [ -d ../shared/data ]; then
    (cd ../shared/data && pwd)
  fi
}

# ./x eval [ARGUMENT...]: every evaluation of tests/eval; a table, and build/eval.json. Arguments go to `verge eval`
# (--limit 50 for a quick look, --threads 4).
cmd_eval() {
  local data
  data=$(eval_data)
  [ -n "$data" ] || die "eval needs models and data: set VERGE_DATA to their folder (docs/accuracy.md says what is in it)"
  mkdir -p build
  configure release
  say "building verge"
  cmake --build build/release -j "$(jobs_count)" --target verge
  prepare_data
  build/release/bin/verge eval --all tests/eval --param "data=$data" --param "cache=$VERGE_CACHE" -o build/eval.json "$@"
}

# ./x optimize [ARGUMENT...]: every case of tests/optimize; a table, build/optimize.json, and the page docs/optimization.md.
# Arguments go to tests/optimize/models.py (--only vww).
cmd_optimize() {
  local data
  data=$(eval_data)
  [ -n "$data" ] || die "optimize needs models and data: set VERGE_DATA to their folder (docs/accuracy.md says what is in it)"
  mkdir -p build
  configure release
  say "building verge"
  cmake --build build/release -j "$(jobs_count)" --target verge
  prepare_data
  python3 tests/optimize/models.py build/release/bin/verge "$data" "$VERGE_CACHE" -o build/optimize.json \
    --page docs/optimization.md "$@"
}
