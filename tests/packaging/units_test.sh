#!/usr/bin/env bash
# The systemd units parse without a word of complaint and stay hardened; a spoilt one is seen to be refused.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v systemd-analyze >/dev/null || { echo "needs systemd-analyze (Debian package systemd)" >&2; exit 1; }

# verify wants the program to exist; where it is installed is the packager's choice.
check() {
  sed 's#^ExecStart=/usr/bin/verge-[a-z]*#ExecStart=/bin/true#' "$1" >"$work/$(basename "$1")"
  local said
  said=$(systemd-analyze verify --man=no "$work/$(basename "$1")" 2>&1) || { echo "$said"; return 1; }
  [ -z "$said" ] || { echo "$said"; return 1; }
  systemd-analyze security --offline=yes --threshold=25 "$work/$(basename "$1")" >"$work/security" 2>&1 || {
    tail -n 3 "$work/security"
    return 1
  }
}

for unit in packaging/*.service; do
  check "$unit" || { echo "$unit: refused" >&2; exit 1; }
done

mkdir "$work/bad"
sed 's/^NoNewPrivileges=.*/NoNewPrivilege=yes/' packaging/verge-hub.service >"$work/bad/verge-hub.service"
! check "$work/bad/verge-hub.service" >/dev/null || { echo "a misspelt setting was not noticed" >&2; exit 1; }
sed '/^\(System\|Protect\|Restrict\|Private\|Capab\|Dynamic\)/d' packaging/verge-hub.service >"$work/bad/verge-hub.service"
! check "$work/bad/verge-hub.service" >/dev/null || { echo "missing hardening was not noticed" >&2; exit 1; }
echo "units are clean"
