// The float form in vectors: one product of matrices for what the inputs give all steps, one of a vector with the
// turned recurrent weights a step.
//
// For constant matrices and no aux input.
#include <algorithm>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "kernels/product_f32.h"
#include "ops/cell_vectors.h"
#include "ops/fast_kernels.h"
#include "ops/rnn/rnn.h"
#include "ops/scratch.h"
#include "ops/sequence.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

size_t RoundedUp(size_t n) { return (n + 15) / 16 * 16; }

template <const kernels::GemmF32Table& kTable>
class RnnKernel {
 public:
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

 private:
  struct Sizes {
    size_t rows, in, units;  // rows: steps * batch
    Sizes(const Shape& x, const Shape& w) : rows(x.elems() / Dim(w, 1)), in(Dim(w, 1)), units(Dim(w, 0)) {}
    size_t stride() const { return RoundedUp(units); }  // of recurrent weights
  };
  static Sizes SizesOf(const PrepareArgs& args) {
    return {args.inputs[kRnnX].type.shape, args.inputs[kRnnW].type.shape};
  }

  // Packed: input weights, then recurrent weights [units][stride].
  static size_t InputFloats(const Sizes& s) {
    return RoundedUp(kernels::ProductF32PackedBytes(kTable, s.in, s.units).value_or(0) / sizeof(float));
  }

  static bool Supports(const PrepareArgs& args) {
    const bool has_aux = args.inputs.size() > kRnnAux && args.inputs[kRnnAux].is_present;
    return IsUsable(kTable, args) && !has_aux && args.inputs[kRnnW].type.dtype == DType::kF32 &&
           args.inputs[kRnnR].type.dtype == DType::kF32 && args.inputs[kRnnW].constant != nullptr &&
           args.inputs[kRnnR].constant != nullptr;
  }

  struct Memory {
    std::span<float> inputs, h;  // [rows][units], [units]
    Memory(Scratch& scratch, const Sizes& s)
        : inputs(scratch.Take<float>(s.rows * s.units)), h(scratch.Take<float>(s.units)) {}
  };

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Sizes s = SizesOf(args);
    const auto w = kernels::ProductF32PackedBytes(kTable, s.in, s.units);
    const auto r = CheckedMul(s.stride() * sizeof(float), s.units);
    const auto packed = w && r ? CheckedAdd(*r, InputFloats(s) * sizeof(float)) : std::nullopt;
    if (!packed) return VERGE_ERROR(kResourceExhausted, "rnn: the packed weights overflow memory");
    Scratch scratch(nullptr);
    Memory(scratch, s);
    return KernelNeeds{
        .scratch_bytes = scratch.bytes(), .packed_bytes = *packed, .unread_inputs = (1U << kRnnW) | (1U << kRnnR)};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const Sizes s = SizesOf(args);
    auto* out = reinterpret_cast<float*>(packed.data());
    std::fill_n(out, packed.size() / sizeof(float), 0.0F);
    const auto* w = static_cast<const float*>(args.inputs[kRnnW].constant);
    kernels::PackProductF32(kTable, s.in, s.units, {w, 1, s.in}, 1.0F, out);
    PackTurned(static_cast<const float*>(args.inputs[kRnnR].constant), s.units, s.units, out + InputFloats(s),
               s.stride());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const auto& a = args.attrs.As<RnnAttrs>();
    const kernels::VecF32Table& v = VectorTableOf(kTable.isa);
    const Shape& x = args.inputs[kRnnX].shape();
    const Sizes s(x, args.inputs[kRnnW].shape());
    SequenceLayout layout = {a.is_time_major, a.is_reversed, 1, Dim(args.outputs[1].shape(), 0)};
    layout.steps = s.rows / layout.batch;
    Scratch scratch(args.scratch);
    const Memory m(scratch, s);
    const auto* w = reinterpret_cast<const float*>(args.packed);
    const float* r = w + InputFloats(s);
    const auto* bias = args.inputs[kRnnBias].as<const float>();
    auto* y = args.outputs[0].as<float>();
    float* const h = m.h.data();
    const size_t bytes = s.units * sizeof(float);
    kernels::RunProductF32(kTable, s.in, s.units, w,
                           {args.inputs[kRnnX].as<const float>(), s.in, m.inputs.data(), s.units, s.rows});
    for (size_t b = 0; b < layout.batch; ++b) {
      std::memcpy(h, args.inputs[kRnnH].as<const float>() + b * s.units, bytes);
      for (size_t k = 0; k < layout.steps; ++k) {
        const size_t row = layout.Row(k, b) * s.units;
        float* const z = m.inputs.data() + row;
        v.matvec(z, h, s.units, r, s.stride(), z, s.units);
        v.add(z, bias, z, s.units, -kInfinity, kInfinity);
        ActivateCells(v, a.activation, z, h, s.units);
        std::memcpy(y + row, h, bytes);
      }
      std::memcpy(args.outputs[1].as<float>() + b * s.units, h, bytes);
    }
  }
};

}  // namespace

VERGE_FAST_KERNELS(Rnn, RnnKernel, gemm_f32, "rnn_f32")

}  // namespace verge::ops
