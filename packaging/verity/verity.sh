#!/usr/bin/env bash
# Makes and checks the dm-verity tree of a root file system image, on plain files: no loop device, no root.
#
#   verity.sh make IMAGE TREE     writes the hash tree into TREE and prints the root hash for the kernel's command line
#   verity.sh check IMAGE TREE ROOT_HASH     reads every block of the image against the tree; status 1 when one differs
#
# The salt is the SHA-256 of the image, so that the same image gives the same root hash anywhere.
set -euo pipefail

die() { echo "verity.sh: $*" >&2; exit 2; }
command -v veritysetup >/dev/null || PATH=$PATH:/usr/sbin:/sbin
command -v veritysetup >/dev/null || die "needs veritysetup (Debian package cryptsetup-bin)"

case "${1:-}" in
  make)
    [ $# -eq 3 ] || die "usage: verity.sh make IMAGE TREE"
    [ $(($(stat -c %s "$2") % 4096)) -eq 0 ] || die "$2: its size is no multiple of 4096 bytes; pad it with zeros"
    salt=$(sha256sum "$2" | cut -d ' ' -f 1)
    uuid=$(echo "$salt" | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/')
    rm -f "$3"
    veritysetup format --salt "$salt" --uuid "$uuid" "$2" "$3" | sed -n 's/^Root hash:[[:space:]]*//p'
    ;;
  check)
    [ $# -eq 4 ] || die "usage: verity.sh check IMAGE TREE ROOT_HASH"
    if ! veritysetup verify "$2" "$3" "$4"; then
      echo "verity.sh: $2 is not the image of root hash $4" >&2
      exit 1
    fi
    ;;
  *) die "usage: verity.sh make IMAGE TREE | verity.sh check IMAGE TREE ROOT_HASH" ;;
esac
