#!/usr/bin/env bash
# Makes the parts of this app that are not kept in the repository: the model (ssd.vg) and its golden vectors.
#
#   apps/obstacle/make.sh OUT_DIR [CACHE_DIR]
#
# OUT_DIR becomes a complete app folder. CACHE_DIR (default: $VERGE_CACHE, then ~/.cache/verge) holds
# models/ssd_mobilenetv2_objectron.tflite; `./x test` and `./x demo` fetch it. The program `verge` is taken from $VERGE or
# build/release/bin.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: make.sh OUT_DIR [CACHE_DIR]}
cache=${2:-${VERGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/verge}}
verge=${VERGE:-$here/../../build/release/bin/verge}
model=$cache/models/ssd_mobilenetv2_objectron.tflite
[ -f "$model" ] || { echo "make.sh: no $model; ./x test fetches it" >&2; exit 1; }
[ -x "$verge" ] || { echo "make.sh: no program $verge; ./x build makes it" >&2; exit 1; }
mkdir -p "$out/golden"
cp "$here"/{app.yaml,pipeline.yaml,rules.yaml,labels.txt,README.md} "$out/"
"$verge" import "$model" -o "$out/ssd.vg"

# Golden input: smooth colours that differ everywhere, in the model's range. Golden outputs: the plain reference kernels,
# against which every device compares its own fast ones.
python3 - "$out/golden/in0.npy" <<'PYTHON'
import array
import math
import sys

side = 300
values = array.array("f")
for y in range(side):
    for x in range(side):
        for c in range(3):
            values.append(math.sin(0.05 * x + 2.1 * c) * math.cos(0.031 * y - 0.7 * c))
if sys.byteorder == "big":
    values.byteswap()
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, %d, %d, 3), }" % (side, side)
head += " " * (-(10 + len(head) + 1) % 64) + "\n"
with open(sys.argv[1], "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + values.tobytes())
PYTHON
"$verge" run "$out/ssd.vg" --reference --input "normalized_input_image_tensor=$out/golden/in0.npy" --output-dir "$out/golden"
