#include "ops/mapped_copy.h"
#include "ops/tile/tile.h"

namespace verge::ops {
namespace {

struct TileMap : PlainMap {
  static void Fill(const RunArgs& args, int d, std::span<int64_t> map) {
    const int64_t size = args.inputs[0].shape()[d];
    for (size_t i = 0; i < map.size(); ++i) map[i] = static_cast<int64_t>(i) % size;
  }
};

}  // namespace

VERGE_MAPPED_COPY(Tile, TileMap, "tile_any")

}  // namespace verge::ops
