#!/usr/bin/env bash
# The root file system's link of the secure-boot chain (docs/guide/secure-boot.md): an image is accepted under its root hash;
# a flipped byte anywhere, another tree and another root hash are refused.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
verity=packaging/verity/verity.sh

refused() { # what, then a command that must fail with status 1
  local what=$1 status=0
  shift
  "$@" >"$work/said" 2>&1 || status=$?
  [ "$status" -eq 1 ] || { echo "$what: status $status"; cat "$work/said"; exit 1; }
  grep -q "is not the image of root hash" "$work/said" || { cat "$work/said"; exit 1; }
}

flip() { # file, byte
  local old
  old=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
  printf '%b' "\\x$(printf '%02x' $((old ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 1048576 >"$work/root.img" || true
[ "$(stat -c %s "$work/root.img")" -eq 1048576 ]
root=$($verity make "$work/root.img" "$work/root.tree")
[ ${#root} -eq 64 ] || { echo "no root hash: '$root'"; exit 1; }
$verity check "$work/root.img" "$work/root.tree" "$root"
[ "$($verity make "$work/root.img" "$work/again.tree")" = "$root" ] || { echo "another root hash for the same image"; exit 1; }
cmp "$work/root.tree" "$work/again.tree"

for byte in 0 4095 524288 1048575; do
  flip "$work/root.img" "$byte"
  refused "byte $byte of the image" $verity check "$work/root.img" "$work/root.tree" "$root"
  flip "$work/root.img" "$byte"
done
$verity check "$work/root.img" "$work/root.tree" "$root"
flip "$work/root.tree" 5000
refused "a byte of the tree" $verity check "$work/root.img" "$work/root.tree" "$root"
flip "$work/root.tree" 5000

# Whoever changes the image can make a tree that fits, but not one of the signed root hash.
flip "$work/root.img" 777
forged=$($verity make "$work/root.img" "$work/forged.tree")
[ "$forged" != "$root" ]
refused "a forged image with its own tree" $verity check "$work/root.img" "$work/forged.tree" "$root"
echo "verity holds"
