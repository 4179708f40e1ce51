# The list of commands.

cmd_help() {
  cat <<'TEXT'
./x demo [--keep]   install, build, and run the main job from model to alert; ends with a report
./x test            install, build, run every test (./x test -R NAME for one)
./x build [PRESET]  programs in build/release/bin (presets: release dev asan tsan fuzz bench small arm64 armv7 riscv64)
./x conformance     the published ONNX suites (./x conformance torchvision: architectures against PyTorch)
./x bench           Verge and other engines on the same models in turn (--page: into docs/performance.md; --only NAME)
./x bench kernels   micro-benchmarks
./x eval            accuracy of every model that VERGE_DATA has labelled data for
./x optimize        what optimising real models costs, with VERGE_DATA
./x lint            format, clang-tidy, layers, sizes
./x asan | tsan     all tests under sanitizers
./x fuzz NAME [S]   run one fuzzer for S seconds (default 60)
./x fmt             reformat every source file
./x clean           remove build/
TEXT
}

main() {
  local command=${1:-help}
  shift || true
  declare -F "cmd_$command" >/dev/null || die "unknown command '$command'; ./x help lists them"
  "cmd_$command" "$@"
}
