# Words shared by the parts of ./x.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() {
  printf 'x: %s\n' "$*" >&2
  exit 1
}

jobs_count() { echo "${VERGE_JOBS:-$(nproc)}"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root to run: $* (install sudo, or run it yourself as root)"
  fi
}
