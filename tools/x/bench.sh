# Micro-benchmarks.

# ./x bench [ARGUMENT...]: builds every *_bench program and runs it; arguments go to each (--benchmark_filter=Gemm).
# Times are for people: nothing passes or fails on them.
cmd_bench() {
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
