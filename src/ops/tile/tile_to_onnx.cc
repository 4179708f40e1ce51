#include "export/onnx/emitter.h"
#include "ops/tile/tile.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;

void EmitTile(Emitter& e) {
  const Perm perm = e.Native();
  std::vector<int64_t> repeats;
  for (const int d : perm) repeats.push_back(e.Attrs<TileAttrs>().repeats.values[static_cast<size_t>(d)]);
  e.Put(0, e.Emit("Tile", {e.Get(0, perm), e.b.Ints(repeats)}), perm);
}

}  // namespace

extern const to_onnx::Exporter kTileToOnnx = {.emit = EmitTile, .moves_data = true};

}  // namespace verge::ops
