#include "ops/elem.h"
#include "ops/mapped_copy.h"
#include "ops/pad_mode/pad_mode.h"

namespace verge::ops {
namespace {

struct PadModeMap : PlainMap {
  static void Fill(const RunArgs& args, int d, std::span<int64_t> map) {
    const auto& a = args.attrs.As<PadModeAttrs>();
    const int64_t before = a.before.values[static_cast<size_t>(d)];
    for (size_t i = 0; i < map.size(); ++i) {
      map[i] = PadSource(static_cast<PadModeKind>(a.mode), static_cast<int64_t>(i) - before, args.inputs[0].shape()[d]);
    }
  }
  static Blank BlankOf(const RunArgs& args) {
    Blank blank{};
    if (args.inputs.size() > 1 && args.inputs[1].data != nullptr) {
      std::memcpy(blank.data(), args.inputs[1].data, DTypeBytes(args.inputs[1].dtype()));
    }
    return blank;
  }
};

}  // namespace

VERGE_MAPPED_COPY(PadMode, PadModeMap, "pad_mode_any")

}  // namespace verge::ops
