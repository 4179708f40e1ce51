// 4-bit weights stay packed in memory, two a byte, in panels of two vectors of outputs; kernels/nibble_f32.h.
#include <cstring>

#include "base/checked.h"
#include "kernels/parallel_range.h"
#include "ops/fast_kernels.h"
#include "ops/fully_connected_4bit/fully_connected_4bit.h"

namespace verge::ops {
namespace {

struct Layer {
  size_t rows = 0, k = 0, n = 0, block = 0, blocks = 0;
  bool has_zeros = false;

  Layer(const OpAttrs& attrs, const Shape& x, const Shape& q, bool zeros)
      : k(Dim(x, x.rank() - 1)),
        n(Dim(q, 0)),
        block(static_cast<size_t>(attrs.As<FullyConnected4bitAttrs>().block)),
        blocks(Dim(q, 1)),
        has_zeros(zeros) {
    rows = x.elems() / k;
  }
  size_t pairs() const { return (k / block) * (block / 2) + (k % block + 1) / 2; }
  // Bytes of a panel of `columns` outputs.
  size_t PanelBytes(size_t columns) const {
    const size_t floats = 1 + blocks * (has_zeros ? 2 : 1);
    return columns * (floats * sizeof(float) + pairs());
  }
};

bool IsThere(std::span<const InferInput> inputs, size_t i) { return i < inputs.size() && inputs[i].is_present; }

template <const kernels::NibbleF32Table& kTable>
struct FourBitKernel {
  static size_t Columns() { return 2 * kTable.lanes; }
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    if (!IsUsable(kTable, args)) return false;
    for (size_t i = 1; i < args.inputs.size(); ++i) {
      if (args.inputs[i].is_present && args.inputs[i].constant == nullptr) return false;
    }
    return true;
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Layer layer = LayerOf(args);
    const size_t panels = (layer.n + Columns() - 1) / Columns();
    const auto packed = CheckedMul(panels, layer.PanelBytes(Columns()));
    if (!packed) return VERGE_ERROR(kResourceExhausted, "the packed weights overflow memory");
    const size_t sums = layer.has_zeros ? layer.rows * layer.blocks * sizeof(float) : 0;
    return KernelNeeds{.scratch_bytes = sums, .packed_bytes = *packed, .unread_inputs = 0b11110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const Layer layer = LayerOf(args);
    std::byte* to = packed.data();
    for (size_t first = 0; first < layer.n; first += Columns()) {
      for (size_t j = 0; j < Columns() && first + j < layer.n; ++j) PackColumn(args, layer, first + j, j, to);
      to += layer.PanelBytes(Columns());
    }
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    // Packed inputs may have no data any more, but they have a shape.
    const bool has_zeros = args.inputs.size() > 3 && args.inputs[3].shape().rank() == 2;
    const Layer layer(args.attrs, args.inputs[0].shape(), args.inputs[1].shape(), has_zeros);
    const auto* const x = args.inputs[0].as<const float>();
    auto* const sums = reinterpret_cast<float*>(args.scratch);
    if (has_zeros) AddBlocks(layer, x, sums);
    const ActivationRange range = RangeOf(args.attrs.As<FullyConnected4bitAttrs>().activation);
    const size_t panels = (layer.n + Columns() - 1) / Columns();
    kernels::ParallelRange(args.parallel, panels, 1, [&](size_t begin, size_t end) {
      kernels::NibbleF32Args a{};
      a.x_stride = a.k = layer.k;
      a.block = layer.block;
      a.sums_stride = layer.blocks;
      a.y_stride = layer.n;
      a.lo = range.lo;
      a.hi = range.hi;
      for (size_t panel = begin; panel < end; ++panel) {
        a.panel = args.packed + panel * layer.PanelBytes(Columns());
        a.n = std::min(Columns(), layer.n - panel * Columns());
        for (size_t row = 0; row < layer.rows; row += a.m) {
          a.m = std::min(kernels::kNibbleRows, layer.rows - row);
          a.x = x + row * layer.k;
          a.sums = has_zeros ? sums + row * layer.blocks : nullptr;
          a.y = args.outputs[0].as<float>() + row * layer.n + panel * Columns();
          kTable.run(a);
        }
      }
    });
  }

 private:
  static Layer LayerOf(const PrepareArgs& args) {
    return {args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape, IsThere(args.inputs, 3)};
  }

  // The sums of each row's blocks.
  static void AddBlocks(const Layer& layer, const float* x, float* sums) {
    for (size_t row = 0; row < layer.rows; ++row) {
      for (size_t b = 0; b < layer.blocks; ++b) {
        float sum = 0;
        for (size_t c = b * layer.block; c < std::min((b + 1) * layer.block, layer.k); ++c) sum += x[row * layer.k + c];
        sums[row * layer.blocks + b] = sum;
      }
    }
  }

  // Output o, which is column j of the panel at `to`.
  static void PackColumn(const PrepareArgs& args, const Layer& layer, size_t o, size_t j, std::byte* to) {
    const auto* const q = static_cast<const uint8_t*>(args.inputs[1].constant) + o * layer.blocks * layer.block / 2;
    const auto* const scales = static_cast<const float*>(args.inputs[2].constant) + o * layer.blocks;
    const auto put = [&](float value) {
      std::memcpy(to + j * sizeof(float), &value, sizeof value);
      to += Columns() * sizeof(float);
    };
    put(IsThere(args.inputs, 4) ? static_cast<const float*>(args.inputs[4].constant)[o] : 0.0F);
    for (size_t b = 0; b < layer.blocks; ++b) {
      put(scales[b]);
      if (layer.has_zeros) {
        const int zero = static_cast<const uint8_t*>(args.inputs[3].constant)[o * layer.blocks + b];
        put(scales[b] * static_cast<float>(8 - zero));
      }
      const size_t inputs = std::min(layer.block, layer.k - b * layer.block);
      for (size_t pair = 0; pair < (inputs + 1) / 2; ++pair, to += Columns()) {
        to[j] = static_cast<std::byte>(q[b * layer.block / 2 + pair]);
      }
    }
  }
};

}  // namespace

VERGE_FAST_KERNELS(FullyConnected4bit, FourBitKernel, nibble_f32, "fully_connected_4bit_f32")

}  // namespace verge::ops
