# Speed: against other engines, and of the kernels. Times are for people: nothing passes or fails on them.

# bench_models FOLDER: exports the standard architectures that are not there yet; the models file names them.
bench_models() {
  local names=() kind where path
  while read -r kind where path; do
    [ "$where" = export ] && [ ! -f "$1/$path" ] && names+=("${path%.onnx}")
  done <bench/models.txt
  [ ${#names[@]} = 0 ] && return 0
  install_packages tools/apt-packages-torch.txt
  say "exporting from torchvision: ${names[*]}"
  /usr/bin/python3 bench/export_models.py "$1" "${names[@]}"
}

# Every *_bench program, built and run; arguments go to each (--benchmark_filter=Gemm).
bench_kernels() {
  local names=() name program
  mapfile -t names < <(git ls-files '*_bench.cc' | xargs -r -n 1 basename -s .cc | sort)
  [ ${#names[@]} -gt 0 ] || die "there is no benchmark (*_bench.cc) yet"
  mkdir -p build
  configure bench
  say "building ${#names[@]} benchmarks"
  cmake --build build/bench -j "$(jobs_count)" --target "${names[@]}"
  for name in "${names[@]}"; do
    program=$(find build/bench -type f -name "$name" -perm -u+x | head -n 1)
    say "$name"
    "$program" "$@"
  done
}

# Verge and each peer on the same models in turn. VERGE_BENCH_MODELS: a folder of exported models to use and to complete.
bench_peers() {
  local models=${VERGE_BENCH_MODELS:-build/bench-models} options=() argument
  mkdir -p build
  configure release
  say "building verge"
  cmake --build build/release -j "$(jobs_count)" --target verge
  prepare_bench_data
  bench_models "$models"
  [ -n "${VERGE_DATA:-}" ] && options+=(--data "$VERGE_DATA")
  for argument in "$@"; do
    [ "$argument" = --page ] && argument=--page=docs/performance.md
    options+=("$argument")
  done
  VERGE_ONNXRUNTIME=${VERGE_ONNXRUNTIME:-$VERGE_CACHE/onnxruntime/libonnxruntime.so.1} \
    python3 bench/compare.py build/release/bin/verge --models "$models" --cache "$VERGE_CACHE/models" "${options[@]}"
}

# ./x bench [OPTION...]: options are those of bench/compare.py, --page writes the table into docs/performance.md.
# ./x bench kernels [ARGUMENT...]: micro-benchmarks.
cmd_bench() {
  if [ "${1:-}" = kernels ]; then
    shift
    bench_kernels "$@"
  else
    bench_peers "$@"
  fi
}
