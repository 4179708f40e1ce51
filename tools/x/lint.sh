# Style checks: format, tidy, layers.

cmd_fmt() {
  install_packages tools/apt-packages-lint.txt
  git ls-files '*.cc' '*.h' '*.inl' | xargs clang-format-19 -i
}
