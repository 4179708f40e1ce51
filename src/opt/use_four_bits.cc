#include "opt/use_four_bits.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "ops/fully_connected/fully_connected.h"
#include "ops/fully_connected_4bit/fully_connected_4bit.h"
#include "ops/op_ids.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

constexpr size_t kBlock = 32;
constexpr size_t kFewestInputs = 64, kFewestWeights = 4096;

int Nearest(float weight, float scale) {
  return scale == 0 ? 8 : std::clamp(static_cast<int>(std::lround(weight / scale)) + 8, 0, 15);
}

double ErrorOf(std::span<const float> weights, float scale) {
  double sum = 0;
  for (const float w : weights) {
    const double off = static_cast<double>(w) - static_cast<double>(scale) * (Nearest(w, scale) - 8);
    sum += off * off;
  }
  return sum;
}

float BestScale(std::span<const float> weights) {
  float largest = 0;
  for (const float w : weights) largest = std::fabs(w) > std::fabs(largest) ? w : largest;
  float best = largest / -8;
  double least = ErrorOf(weights, best);
  for (int step = 1; step <= 8; ++step) {
    const float scale = largest / -8 * (1 - 0.025F * static_cast<float>(step));
    const double error = ErrorOf(weights, scale);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

struct Packed {
  std::vector<uint8_t> bytes;  // [n, blocks, kBlock / 2]
  std::vector<float> scales;   // [n, blocks]
};

Packed Pack(const float* w, size_t n, size_t k) {
  const size_t blocks = (k + kBlock - 1) / kBlock;
  Packed packed{std::vector<uint8_t>(n * blocks * kBlock / 2), std::vector<float>(n * blocks)};
  for (size_t o = 0; o < n; ++o) {
    for (size_t b = 0; b < blocks; ++b) {
      const std::span<const float> block(w + o * k + b * kBlock, std::min(kBlock, k - b * kBlock));
      const float scale = BestScale(block);
      packed.scales[o * blocks + b] = scale;
      for (size_t i = 0; i < block.size(); ++i) {
        const int shift = i % 2 == 0 ? 0 : 4;
        uint8_t& byte = packed.bytes[((o * blocks + b) * kBlock + i) / 2];
        byte = static_cast<uint8_t>(byte | Nearest(block[i], scale) << shift);
      }
    }
  }
  return packed;
}

bool IsLarge(const Shape& w) { return w[1] >= static_cast<int64_t>(kFewestInputs) && w.elems() >= kFewestWeights; }

std::optional<ir::Node> FourBitNode(Rewriter& r, const ir::Node& node) {
  const auto& from = node.attrs.As<ops::FullyConnectedAttrs>();
  const ir::ValueId x = node.inputs[0], w = node.inputs[1];
  const float* weights = r.Floats(w);
  if (weights == nullptr || !r.IsFloat(x) || !IsLarge(r.value(w).shape)) return std::nullopt;
  const Shape& xs = r.value(x).shape;
  const Shape shape = r.value(w).shape;
  const bool keeps = from.keep_num_dims || (xs.rank() == 2 && xs[1] == shape[1]);
  if (!keeps) return std::nullopt;
  const auto n = static_cast<size_t>(shape[0]), k = static_cast<size_t>(shape[1]);
  const auto blocks = static_cast<int64_t>((k + kBlock - 1) / kBlock);
  const Packed packed = Pack(weights, n, k);
  const std::string name = r.value(w).name;
  const Shape byte_shape{shape[0], blocks, static_cast<int64_t>(kBlock / 2)};
  const ir::ValueId bytes = r.NewConstant(name + ".4bit", DType::kU8, byte_shape, {}, packed.bytes.data());
  const ir::ValueId scales = r.NewFloats(name + ".scales", {shape[0], blocks}, packed.scales);
  ops::FullyConnected4bitAttrs attrs;
  attrs.block = static_cast<int64_t>(kBlock);
  attrs.activation = from.activation;
  std::vector<ir::ValueId> inputs{x, bytes, scales};
  if (node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
    inputs.push_back(ir::kNoValue);
    inputs.push_back(node.inputs[2]);
  }
  return Become(node, ops::ids::kFullyConnected4bit, attrs, std::move(inputs));
}

}  // namespace

Result<PassReport> UseFourBits(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.op != ops::ids::kFullyConnected) return Status::Ok();
    std::optional<ir::Node> layer = FourBitNode(r, node);
    if (!layer || !r.Fits(*layer)) return Status::Ok();
    r.Note(Label(node));
    node = std::move(*layer);
    return Status::Ok();
  });
}

}  // namespace verge::opt
