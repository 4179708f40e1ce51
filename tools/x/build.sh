# Configure and build a preset; run its tests.

configure() {
  local preset=$1
  local packages=(tools/apt-packages.txt)
  [ -f "tools/apt-packages-$preset.txt" ] && packages+=("tools/apt-packages-$preset.txt")
  install_packages "${packages[@]}"
  local launcher=()
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  fi
  cmake --preset "$preset" -DVERGE_CACHE="$VERGE_CACHE" "${launcher[@]}" >"build/configure-$preset.log" 2>&1 || {
    tail -n 25 "build/configure-$preset.log" >&2
    die "cmake could not configure the preset '$preset' (log: build/configure-$preset.log)"
  }
}

cmd_build() {
  local preset=${1:-release}
  mkdir -p build
  configure "$preset"
  say "building ($preset)"
  cmake --build "build/$preset" -j "$(jobs_count)"
}

cmd_test() {
  local preset=release
  case "${1:-}" in asan|tsan|dev|release|arm64|armv7|riscv64) preset=$1; shift ;; esac
  cmd_build "$preset"
  prepare_data
  say "testing ($preset)"
  ctest --test-dir "build/$preset" --output-on-failure -j "$(jobs_count)" "$@"
}

cmd_asan() {
  # The slow unwinder sees through GLib's frames, which the list of known leaks needs.
  LSAN_OPTIONS="suppressions=$PWD/tools/lsan.supp" ASAN_OPTIONS=fast_unwind_on_malloc=0 cmd_test asan "$@"
}
cmd_tsan() { cmd_test tsan "$@"; }

cmd_clean() { rm -rf build; }
