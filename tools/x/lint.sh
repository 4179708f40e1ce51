# Style checks: text, sizes, layers, shell, format, clang-tidy.

cmd_fmt() {
  install_packages tools/apt-packages-lint.txt
  git ls-files '*.cc' '*.h' '*.inl' | xargs clang-format-19 -i
}

# C++ files that differ from main (on main itself: from the commit before), tracked or not.
changed_cpp() {
  local base=HEAD~1
  if git rev-parse -q --verify main >/dev/null && [ "$(git rev-parse main)" != "$(git rev-parse HEAD)" ]; then
    base=$(git merge-base main HEAD)
  fi
  {
    git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h'
    git ls-files --others --exclude-standard -- '*.cc' '*.h'
  } | sort -u
}

# tidy FILE...: clang-tidy over the units among the files; headers are seen through the units that include them.
tidy() {
  local units=()
  mapfile -t units < <(printf '%s\n' "$@" | grep -E '\.cc$' || true)
  if [ ${#units[@]} = 0 ]; then
    say "clang-tidy: no changed .cc file"
    return 0
  fi
  [ -f build/release/compile_commands.json ] || { mkdir -p build; configure release; }
  # A file outside the build (a fuzzer's, a benchmark's) has no flags to check it with.
  local built=() unit
  for unit in "${units[@]}"; do
    if grep -qF "\"$PWD/$unit\"" build/release/compile_commands.json; then
      built+=("$unit")
    else
      say "clang-tidy: $unit is not part of the release build, left out"
    fi
  done
  [ ${#built[@]} = 0 ] && return 0
  say "clang-tidy: ${#built[@]} files"
  # g++ flags that clang does not know are no findings.
  printf '%s\0' "${built[@]}" | xargs -0 -n 1 -P "$(jobs_count)" \
    clang-tidy-19 --quiet --extra-arg=-Wno-unknown-warning-option -p build/release 2>build/tidy.log || {
    grep -E 'error:' build/tidy.log >&2 || true
    return 1
  }
}

lint_shell() { shellcheck -s bash -e SC2034 x .ci/run tools/x/*.sh; }

lint_format() {
  local unformatted
  unformatted=$(git ls-files '*.cc' '*.h' '*.inl' | xargs clang-format-19 --dry-run 2>&1 |
    sed -n 's/^\([^:]*\):.*code should be clang-formatted.*/\1/p' | sort -u)
  [ -z "$unformatted" ] && return 0
  printf '%s\n' "$unformatted" "not formatted: ./x fmt does it" >&2
  return 1
}

# ./x lint [--all | FILE...]: everything that is fast over the whole tree; clang-tidy over changed files, the given ones,
# or with --all every one.
cmd_lint() {
  install_packages tools/apt-packages.txt tools/apt-packages-lint.txt
  local files=()
  case "${1:-}" in
    --all) mapfile -t files < <(git ls-files '*.cc') ;;
    "") mapfile -t files < <(changed_cpp) ;;
    *) files=("$@") ;;
  esac
  local failed=() step
  for step in "python3 tools/check_text.py" "python3 tools/check_sizes.py --advisory" "python3 tools/check_layers.py ." \
    "python3 tools/check_docs.py" lint_shell lint_format; do
    say "$step"
    $step || failed+=("$step")
  done
  tidy "${files[@]}" || failed+=(clang-tidy)
  [ ${#failed[@]} = 0 ] || die "lint found something in: $(printf '%s; ' "${failed[@]}")"
  say "lint: clean"
}
