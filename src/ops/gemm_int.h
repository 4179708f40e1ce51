// The fast integer kernels' product of matrices: rows of x without their zero point times rows of weights without
// theirs, both as i16, so that compilers turn the inner loop into multiply-add of pairs. The same bits as the
// reference.
//
// Requires  at most kMaxIntProducts products a sum: 255 * 255 * 32768 < 2^31, so that sums of 32 bits are exact
// Threads   pure functions
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "base/checked.h"
#include "ops/fast_kernels.h"
#include "ops/quant_layer.h"
#include "ops/vector_table.h"

namespace verge::ops {

inline constexpr size_t kMaxIntProducts = 32768;
inline constexpr size_t kIntBlockRows = 16;  // rows of x that one pass over the weights serves

// The factor of an output channel as it is packed: where the output is f32, its multiplier holds the bits of
// LayerQuant::step.
inline FixedScale PackedScale(const LayerQuant& q, DType y, size_t channel) {
  return y == DType::kF32 ? FixedScale{std::bit_cast<int32_t>(q.step(channel)), 0} : q.scale(channel);
}

// The output of type Y for a sum with its bias.
template <typename Y>
Y FinishAs(const LayerQuant& q, int32_t sum, FixedScale packed) {
  if constexpr (std::is_same_v<Y, float>) {
    return q.Real(sum, std::bit_cast<float>(packed.multiplier));
  } else {
    return static_cast<Y>(q.Finish(sum, packed));
  }
}

// Packed weights: n rows of `stride` i16, then the factors, then the biases.
struct IntWeights {
  size_t n = 0;
  size_t k = 0;
  size_t stride = 0;  // k, rounded up to whole vectors; what is behind k is 0

  IntWeights(size_t rows, size_t products) : n(rows), k(products), stride((products + 15) / 16 * 16) {}

  std::optional<size_t> Bytes() const {
    const std::optional<size_t> row = CheckedAdd(stride * sizeof(int16_t), sizeof(FixedScale) + sizeof(int32_t));
    return row ? CheckedMul(*row, n) : std::nullopt;
  }
  const int16_t* row(const std::byte* packed, size_t i) const {
    return reinterpret_cast<const int16_t*>(packed) + i * stride;
  }
  const FixedScale* scales(const std::byte* packed) const {
    return reinterpret_cast<const FixedScale*>(packed + n * stride * sizeof(int16_t));
  }
  const int32_t* biases(const std::byte* packed) const {
    return reinterpret_cast<const int32_t*>(packed + n * (stride * sizeof(int16_t) + sizeof(FixedScale)));
  }

  // `at(i, j)` is product j of row i, without the zero point.
  template <typename At>
  void Pack(std::byte* packed, const LayerQuant& q, DType y, const int32_t* bias, At at) const {
    auto* const factors = reinterpret_cast<FixedScale*>(packed + n * stride * sizeof(int16_t));
    auto* const starts = reinterpret_cast<int32_t*>(factors + n);
    for (size_t i = 0; i < n; ++i) {
      auto* const to = reinterpret_cast<int16_t*>(packed) + i * stride;
      for (size_t j = 0; j < stride; ++j) to[j] = j < k ? static_cast<int16_t>(at(i, j)) : int16_t{0};
      factors[i] = PackedScale(q, y, i);
      starts[i] = bias != nullptr ? bias[i] : 0;
    }
  }
};

// Sums of `kColumns` rows of weights with one row of x.
template <size_t kColumns>
inline void IntDots(const int16_t* x, const int16_t* w, size_t stride, int32_t* sums) {
  int32_t acc[kColumns] = {};
  for (size_t j = 0; j < stride; ++j) {
    for (size_t c = 0; c < kColumns; ++c) acc[c] += int32_t{x[j]} * int32_t{w[c * stride + j]};
  }
  for (size_t c = 0; c < kColumns; ++c) sums[c] = acc[c];
}

// y[r][i] for `rows` rows of x (i16, `stride` apart), y `weights.n` apart.
template <typename T>
void RunIntGemm(const IntWeights& weights, const std::byte* packed, const LayerQuant& q, const int16_t* x, size_t rows,
                T* y) {
  const FixedScale* const scales = weights.scales(packed);
  const int32_t* const biases = weights.biases(packed);
  const auto finish = [&](size_t r, size_t i, int32_t sum) {
    const auto whole = static_cast<int32_t>(int64_t{sum} + biases[i]);
    y[r * weights.n + i] = FinishAs<T>(q, whole, scales[i]);
  };
  constexpr size_t kColumns = 4;
  size_t i = 0;
  for (; i + kColumns <= weights.n; i += kColumns) {
    for (size_t r = 0; r < rows; ++r) {
      int32_t sums[kColumns];
      IntDots<kColumns>(x + r * weights.stride, weights.row(packed, i), weights.stride, sums);
      for (size_t c = 0; c < kColumns; ++c) finish(r, i + c, sums[c]);
    }
  }
  for (; i < weights.n; ++i) {
    for (size_t r = 0; r < rows; ++r) {
      int32_t sum = 0;
      IntDots<1>(x + r * weights.stride, weights.row(packed, i), weights.stride, &sum);
      finish(r, i, sum);
    }
  }
}

// Whether a layer has an 8-bit form whose weights can be packed.
inline bool IsPackableInt8Layer(const PrepareArgs& args, size_t products) {
  const LayerForm form = LayerFormOf(args.inputs[0].type.dtype, args.inputs[1].type.dtype);
  const bool has_bias = args.inputs.size() > 2 && args.inputs[2].is_present;
  return (form == LayerForm::kInt8 || form == LayerForm::kUint8) && products <= kMaxIntProducts &&
         args.inputs[1].constant != nullptr && (!has_bias || args.inputs[2].constant != nullptr);
}

// Calls f with the element type of a packed layer's output: that of x, or f32.
template <typename X, typename F>
void DispatchOutput(DType y, const F& f) {
  y == DType::kF32 ? f.template operator()<float>() : f.template operator()<X>();
}

// A layer as a product of matrices, where `gather(row, to)` writes row `row` of x as i16 without its zero point; the
// rows are shared out to the threads in blocks, each with scratch of its own.
struct IntLayer {
  IntWeights weights;
  size_t rows = 0;

  std::optional<size_t> ScratchBytes(int threads) const {
    return CheckedMul(weights.stride * sizeof(int16_t) * kIntBlockRows, static_cast<size_t>(threads));
  }

  template <typename T, typename Gather>
  void Run(const RunArgs& args, int32_t activation, const Gather& gather) const {
    const LayerQuant q(args.inputs[0].type, args.inputs[1].type, args.outputs[0].type, activation, Halves::kUp);
    const size_t blocks = (rows + kIntBlockRows - 1) / kIntBlockRows;
    const size_t threads = args.parallel == nullptr ? 1 : static_cast<size_t>(std::max(args.parallel->threads(), 1));
    const size_t tasks = std::min(threads, blocks);
    RunTasks(args.parallel, tasks, [&](size_t task) {
      auto* const x = reinterpret_cast<int16_t*>(args.scratch) + task * kIntBlockRows * weights.stride;
      for (size_t block = task; block < blocks; block += tasks) {
        const size_t begin = block * kIntBlockRows;
        const size_t count = std::min(kIntBlockRows, rows - begin);
        for (size_t r = 0; r < count; ++r) gather(begin + r, x + r * weights.stride);
        RunIntGemm<T>(weights, args.packed, q, x, count, args.outputs[0].as<T>() + begin * weights.n);
      }
    });
  }
};

// The packed bias of a layer, or null.
inline const int32_t* ConstantBias(const PrepareArgs& args) {
  const bool has_bias = args.inputs.size() > 2 && args.inputs[2].is_present;
  return has_bias ? static_cast<const int32_t*>(args.inputs[2].constant) : nullptr;
}

// What a kernel that packs weights for IntLayer needs.
inline Result<KernelNeeds> NeedsOf(const IntLayer& layer, int threads, const char* op) {
  const std::optional<size_t> packed = layer.weights.Bytes();
  const std::optional<size_t> scratch = layer.ScratchBytes(threads);
  if (!packed || !scratch)
    return VERGE_ERROR(kResourceExhausted, std::string(op) + ": the packed weights overflow memory");
  return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = *packed, .unread_inputs = 0b110};
}

}  // namespace verge::ops
