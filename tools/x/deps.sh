# Installs what a fresh Debian 12 lacks.

missing_packages() {
  local wanted package
  wanted=$(grep -hv '^#' "$@" | sort -u)
  for package in $wanted; do
    case "$package" in
      *"|"*)
        command -v "${package#*|}" >/dev/null || echo "${package%|*}"
        continue ;;
    esac
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

# install_packages LIST...: apt packages named in the files, only those that are missing.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} = 0 ] && return 0
  command -v apt-get >/dev/null || die "needs these Debian packages, and apt-get is not here: ${missing[*]}"
  say "installing: ${missing[*]}"
  local log=build/apt.log
  mkdir -p build
  if ! { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    die "could not install from the Debian registry: ${missing[*]}
   Check the network and /etc/apt/sources.list, then run the same command again. Full log: $log"
  fi
}
