# Fuzzing with libFuzzer.

# Small models of the published suite, which tell the ONNX fuzzer more than seeds of our own could.
suite_seeds() {
  local name=$1 folder=$2 model
  mkdir -p "$folder"
  [ "$name" = onnx_fuzz ] && [ -d /usr/share/libonnx-testdata ] || return 0
  while IFS= read -r model; do
    cp "$model" "$folder/$(basename "$(dirname "$model")").onnx"
  done < <(find /usr/share/libonnx-testdata -name model.onnx -size -8k)
}

# ./x fuzz NAME [SECONDS]: builds one fuzzer with clang and sanitizers and runs it. What it finds lies in
# build/fuzz/found/NAME; a new interesting input becomes a test when it is copied to fuzz/corpus/NAME.
cmd_fuzz() {
  local name=${1:-} seconds=${2:-60}
  local known
  known=$(git ls-files '*_fuzz.cc' | xargs -r -n 1 basename -s .cc | sort | paste -sd ' ')
  [ -n "$name" ] || die "which fuzzer? ./x fuzz NAME [SECONDS]; there are: $known"
  [[ " $known " == *" $name "* ]] || die "no fuzzer '$name'; there are: $known"
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || die "seconds: expected a number > 0, got '$seconds'"
  install_packages tools/apt-packages-lint.txt
  mkdir -p build
  configure fuzz
  say "building $name (fuzz)"
  cmake --build build/fuzz -j "$(jobs_count)" --target "$name"
  local program found=build/fuzz/found/$name corpus=build/fuzz/corpus/$name
  program=$(find build/fuzz -type f -name "$name" -perm -u+x | head -n 1)
  mkdir -p "$found" "$corpus" "fuzz/corpus/$name"
  suite_seeds "$name" "build/fuzz/seeds/$name"
  say "fuzzing $name for $seconds s"
  "$program" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -artifact_prefix="$found/" -print_final_stats=1 \
    "$corpus" "fuzz/corpus/$name" "build/fuzz/seeds/$name" || die "$name found something: see $found"
}
