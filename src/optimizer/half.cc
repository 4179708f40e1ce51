#include "optimizer/half.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace verge::optimizer {
namespace {

float RoundToBfloat(float value) {
  if (std::isnan(value)) return value;
  auto bits = std::bit_cast<uint32_t>(value);
  // Adding half a unit, less one when the kept part is even, rounds to nearest even.
  bits += 0x7fffu + ((bits >> 16) & 1u);
  return std::bit_cast<float>(bits & 0xffff0000u);
}

}  // namespace

float RoundToHalf(float value, Half half) {
  return half == Half::kF16 ? HalfToFloat(FloatToHalf(value)) : RoundToBfloat(value);
}

size_t RoundConstants(ir::Graph& graph, Half half, std::vector<std::string>& notes) {
  size_t rounded = 0;
  for (ir::Value& value : graph.values) {
    const size_t count = value.is_constant() ? value.shape.elems() : 0;
    if (value.dtype != DType::kF32 || count < kSmallestHalved) continue;
    const auto* const from = reinterpret_cast<const float*>(value.constant->data());
    const std::shared_ptr<ir::Buffer> buffer = ir::Buffer::Allocate(count * sizeof(float));
    auto* const to = reinterpret_cast<float*>(buffer->mutable_data());
    bool is_in_range = true;
    for (size_t i = 0; i < count; ++i) {
      to[i] = RoundToHalf(from[i], half);
      is_in_range = is_in_range && (std::isfinite(to[i]) || !std::isfinite(from[i]));
    }
    if (!is_in_range) {
      notes.push_back(value.name + " stays f32: it holds numbers that 16 bits do not reach");
      continue;
    }
    value.constant = buffer;
    ++rounded;
  }
  for (ir::Graph& subgraph : graph.subgraphs) rounded += RoundConstants(subgraph, half, notes);
  return rounded;
}

}  // namespace verge::optimizer
