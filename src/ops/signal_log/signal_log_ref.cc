#include <algorithm>
#include <array>
#include <cmath>

#include "ops/kernel.h"
#include "ops/signal_bits.h"
#include "ops/signal_log/signal_log.h"

namespace verge::ops {
namespace {

constexpr int kSegments = 128;
constexpr int kSegmentBits = 9;  // of 16 fractional bits, below the segment's number

bool Supports(const PrepareArgs& /*args*/) { return true; }

// How much log2(1 + f) lies above f at the ends of the segments, in 16 fractional bits.
std::array<int32_t, kSegments + 1> Table() {
  std::array<int32_t, kSegments + 1> table{};
  for (int s = 0; s <= kSegments; ++s) {
    const double f = static_cast<double>(s) / kSegments;
    table[static_cast<size_t>(s)] = static_cast<int32_t>(std::lround(65536 * (std::log2(1 + f) - f)));
  }
  return table;
}

// log2(x) of x >= 1 with 16 fractional bits.
uint32_t Log2(uint32_t x, const std::array<int32_t, kSegments + 1>& table) {
  const int whole = BitLength(x) - 1;
  const auto above = static_cast<int32_t>(x - (uint32_t{1} << whole));
  const int32_t fraction = whole < 16 ? above << (16 - whole) : above >> (whole - 16);
  const auto segment = static_cast<size_t>(fraction >> kSegmentBits);
  const int32_t within = fraction - static_cast<int32_t>(segment << kSegmentBits);
  const int32_t rise = ((table[segment + 1] - table[segment]) * within) >> 16;
  return (static_cast<uint32_t>(whole) << 16) + static_cast<uint32_t>(fraction + table[segment] + rise);
}

void Run(const RunArgs& args) {
  constexpr uint64_t kLog2 = 45426;  // log(2) with 16 fractional bits
  constexpr uint64_t kHalf = 1 << 15;
  const auto& attrs = args.attrs.As<SignalLogAttrs>();
  const std::array<int32_t, kSegments + 1> table = Table();
  const size_t count = args.inputs[0].shape().elems();
  for (size_t i = 0; i < count; ++i) {
    const uint32_t x = args.inputs[0].as<const uint32_t>()[i] << attrs.correction_bits;
    uint32_t y = 0;
    if (x > 1) {
      const auto natural = static_cast<uint32_t>((kLog2 * Log2(x, table) + kHalf) >> 16);
      y = (static_cast<uint32_t>(attrs.output_scale) * natural + static_cast<uint32_t>(kHalf)) >> 16;
    }
    args.outputs[0].as<int16_t>()[i] = static_cast<int16_t>(std::min<uint32_t>(y, 32767));
  }
}

}  // namespace

extern const Kernel kSignalLogRef = {"signal_log_u32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
