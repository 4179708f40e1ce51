#include "ops/mapped_copy.h"
#include "ops/pad/pad.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

struct PadMap : PlainMap {
  static void Fill(const RunArgs& args, int d, std::span<int64_t> map) {
    const int64_t size = args.inputs[0].shape()[d];
    const int64_t before = args.attrs.As<PadAttrs>().before.values[static_cast<size_t>(d)];
    for (size_t i = 0; i < map.size(); ++i) {
      const int64_t at = static_cast<int64_t>(i) - before;
      map[i] = at >= 0 && at < size ? at : kOutside;
    }
  }
  static Blank BlankOf(const RunArgs& args) {
    const float value = args.attrs.As<PadAttrs>().value;
    switch (args.outputs[0].dtype()) {
      case DType::kI8: return BlankOfValue(BorderOf<int8_t>(value));
      case DType::kU8: return BlankOfValue(BorderOf<uint8_t>(value));
      case DType::kI16: return BlankOfValue(BorderOf<int16_t>(value));
      case DType::kI32: return BlankOfValue(BorderOf<int32_t>(value));
      case DType::kI64: return BlankOfValue(BorderOf<int64_t>(value));
      default: return BlankOfValue(value);
    }
  }
};

}  // namespace

VERGE_MAPPED_COPY(Pad, PadMap, "pad_any")

}  // namespace verge::ops
