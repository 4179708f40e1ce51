# Conformance: published suites, and standard architectures with what PyTorch computes for them.

conformance_suites() {
  cmd_build
  build/release/bin/verge conformance /usr/share/libonnx-testdata/data --exclusions tests/conformance/onnx_exclusions.txt "$@"
}

# Exports once; `rm -r build/torchvision` to do it again. Floats may differ by 1e-4 of their tensor's largest value.
conformance_torchvision() {
  install_packages tools/apt-packages.txt tools/apt-packages-torch.txt
  if [ ! -f build/torchvision/complete ]; then
    say "exporting from torchvision"
    /usr/bin/python3 tools/export_torchvision.py build/torchvision
    touch build/torchvision/complete
  fi
  cmd_build
  build/release/bin/verge conformance build/torchvision --of-largest 1e-4 "$@"
}

# ./x conformance [torchvision] [OPTION...]: options are those of `verge conformance`, --json for one.
cmd_conformance() {
  if [ "${1:-}" = torchvision ]; then
    shift
    conformance_torchvision "$@"
  else
    conformance_suites "$@"
  fi
}
