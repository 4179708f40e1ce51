// The float form in vectors: what the inputs give all steps is one product of matrices, what the state gives one step
// is a product of a vector with packed recurrent weights, and gates are computed a vector at a time.
//
// For constant matrices and no aux input.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "base/checked.h"
#include "kernels/product_f32.h"
#include "ops/cell_vectors.h"
#include "ops/fast_kernels.h"
#include "ops/lstm/lstm.h"
#include "ops/scratch.h"
#include "ops/sequence.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool IsThere(const PrepareArgs& args, size_t i) { return i < args.inputs.size() && args.inputs[i].is_present; }
size_t RoundedUp(size_t n) { return (n + 15) / 16 * 16; }

// Columns of the packed matrices are gates: forget, cell, output, and input unless it is coupled.
struct Sizes {
  size_t steps, batch, in, cells, out, gates;

  Sizes(const LstmSizes& s, bool is_coupled)
      : steps(static_cast<size_t>(s.steps)),
        batch(static_cast<size_t>(s.batch)),
        in(static_cast<size_t>(s.in)),
        cells(static_cast<size_t>(s.cells)),
        out(static_cast<size_t>(s.out)),
        gates(is_coupled ? kLstmGates - 1 : kLstmGates) {}
  size_t columns() const { return gates * cells; }
  size_t stride() const { return RoundedUp(columns()); }  // of recurrent weights
  size_t projection_stride() const { return RoundedUp(out); }
};
constexpr std::array<size_t, kLstmGates> kGateOfColumn = {kForgetGate, kCellGate, kOutputGate, kInputGate};

// Packed: input weights, recurrent weights [out][stride], projection [cells][projection_stride].
struct Layout {
  size_t w_floats, r_floats, projection_floats;
  size_t floats() const { return w_floats + r_floats + projection_floats; }
};

template <const kernels::GemmF32Table& kTable>
class LstmKernel {
 public:
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

 private:
  static bool Supports(const PrepareArgs& args) {
    if (!IsUsable(kTable, args) || IsThere(args, kLstmAux)) return false;
    for (size_t gate = 0; gate < kLstmGates; ++gate) {
      for (const size_t i : {kLstmW + gate, kLstmR + gate}) {
        if (!IsThere(args, i) && gate == kInputGate) continue;
        if (args.inputs[i].type.dtype != DType::kF32 || args.inputs[i].constant == nullptr) return false;
      }
    }
    if (IsThere(args, kLstmProjection) && args.inputs[kLstmProjection].constant == nullptr) return false;
    return LayoutOf(SizesOf(args), IsThere(args, kLstmProjection)).has_value();
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Sizes s = SizesOf(args);
    const auto packed = CheckedMul(LayoutOf(s, IsThere(args, kLstmProjection))->floats(), sizeof(float));
    const auto rows = CheckedMul(s.steps * s.batch, s.columns());
    if (!packed || !rows || !CheckedMul(*rows, sizeof(float))) {
      return VERGE_ERROR(kResourceExhausted, "lstm: the packed weights overflow memory");
    }
    Scratch scratch(nullptr);
    Memory(scratch, s);
    constexpr uint32_t kMatrices = 0xff << kLstmW;
    return KernelNeeds{.scratch_bytes = scratch.bytes(), .packed_bytes = *packed, .unread_inputs = kMatrices};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const Sizes s = SizesOf(args);
    const Layout layout = *LayoutOf(s, IsThere(args, kLstmProjection));
    auto* out = reinterpret_cast<float*>(packed.data());
    std::fill_n(out, layout.floats(), 0.0F);
    std::vector<float> w(s.columns() * s.in);
    for (size_t g = 0; g < s.gates; ++g) {
      const auto* rows = static_cast<const float*>(args.inputs[kLstmW + kGateOfColumn[g]].constant);
      std::copy_n(rows, s.cells * s.in, w.begin() + static_cast<std::ptrdiff_t>(g * s.cells * s.in));
      const auto* r = static_cast<const float*>(args.inputs[kLstmR + kGateOfColumn[g]].constant);
      PackTurned(r, s.cells, s.out, out + layout.w_floats + g * s.cells, s.stride());
    }
    kernels::PackProductF32(kTable, s.in, s.columns(), {w.data(), 1, s.in}, 1.0F, out);
    if (layout.projection_floats > 0) {
      const auto* p = static_cast<const float*>(args.inputs[kLstmProjection].constant);
      PackTurned(p, s.out, s.cells, out + layout.w_floats + layout.r_floats, s.projection_stride());
    }
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const LstmSizes sizes =
        LstmSizesOf(args.attrs.As<LstmAttrs>(), args.inputs[kLstmX].shape(), args.inputs[kLstmW + kForgetGate].shape(),
                    args.inputs[kLstmR + kForgetGate].shape());
    const Sizes s(sizes, args.inputs[kLstmB + kInputGate].data == nullptr);
    Scratch scratch(args.scratch);
    Cell(args, s, Memory(scratch, s)).RunAll();
  }

  static Sizes SizesOf(const PrepareArgs& args) {
    return {LstmSizesOf(args.attrs.As<LstmAttrs>(), args.inputs[kLstmX].type.shape,
                        args.inputs[kLstmW + kForgetGate].type.shape, args.inputs[kLstmR + kForgetGate].type.shape),
            !IsThere(args, kLstmW + kInputGate)};
  }

  static std::optional<Layout> LayoutOf(const Sizes& s, bool has_projection) {
    const auto w = kernels::ProductF32PackedBytes(kTable, s.in, s.columns());
    const auto r = CheckedMul(s.stride(), s.out);
    const auto p = has_projection ? CheckedMul(s.projection_stride(), s.cells) : size_t{0};
    if (!w || !r || !p) return std::nullopt;
    return Layout{RoundedUp(*w / sizeof(float)), *r, *p};
  }

  struct Memory {
    std::span<float> inputs;  // [steps * batch][columns]
    std::span<float> z, h, c, m, other;
    Memory(Scratch& scratch, const Sizes& s)
        : inputs(scratch.Take<float>(s.steps * s.batch * s.columns())),
          z(scratch.Take<float>(s.columns())),
          h(scratch.Take<float>(s.out)),
          c(scratch.Take<float>(s.cells)),
          m(scratch.Take<float>(s.cells)),
          other(scratch.Take<float>(std::max(s.cells, s.out))) {}
  };

  class Cell {
   public:
    Cell(const RunArgs& args, const Sizes& s, const Memory& memory)
        : args_(args), a_(args.attrs.As<LstmAttrs>()), s_(s), v_(VectorTableOf(kTable.isa)), m_(memory) {
      const Layout layout = *LayoutOf(s, At(kLstmProjection) != nullptr);
      w_ = reinterpret_cast<const float*>(args.packed);
      r_ = w_ + layout.w_floats;
      projection_ = r_ + layout.r_floats;
    }

    void RunAll() {
      kernels::RunProductF32(kTable, s_.in, s_.columns(), w_,
                             {At(kLstmX), s_.in, m_.inputs.data(), s_.columns(), s_.steps * s_.batch});
      const SequenceLayout layout = {a_.is_time_major, a_.is_reversed, s_.steps, s_.batch};
      for (size_t b = 0; b < s_.batch; ++b) {
        Copy(At(kLstmH) + b * s_.out, m_.h.data(), s_.out);
        Copy(At(kLstmC) + b * s_.cells, m_.c.data(), s_.cells);
        for (size_t k = 0; k < s_.steps; ++k) {
          const size_t row = layout.Row(k, b);
          Step(m_.inputs.data() + row * s_.columns());
          Copy(m_.h.data(), args_.outputs[0].as<float>() + row * s_.out, s_.out);
        }
        Copy(m_.h.data(), args_.outputs[1].as<float>() + b * s_.out, s_.out);
        Copy(m_.c.data(), args_.outputs[2].as<float>() + b * s_.cells, s_.cells);
      }
    }

   private:
    static void Copy(const float* from, float* to, size_t n) { std::memcpy(to, from, n * sizeof(float)); }
    const float* At(size_t i) const { return i < args_.inputs.size() ? args_.inputs[i].as<const float>() : nullptr; }
    static float LimitOf(float clip) { return clip > 0 ? clip : kInfinity; }

    void Mul(const float* a, const float* b, float* y) const { v_.mul(a, b, y, s_.cells, -kInfinity, kInfinity); }
    void Add(const float* a, const float* b, float* y, float limit = kInfinity) const {
      v_.add(a, b, y, s_.cells, -limit, limit);
    }

    void Activate(int32_t activation, const float* x, float* y) const { ActivateCells(v_, activation, x, y, s_.cells); }

    // From the products of a gate to the gate.
    void Finish(size_t gate, float* z) const {
      const float* const bias = At(kLstmB + gate);
      const float* const norm = At(kLstmNorm + gate);
      const float* const peephole = gate == kCellGate ? nullptr : At(kLstmP + (gate == kOutputGate ? 2 : gate));
      if (peephole != nullptr) {
        Mul(peephole, m_.c.data(), m_.other.data());
        Add(z, m_.other.data(), z);
      }
      if (norm != nullptr) {
        Normalise(z);
        Mul(z, norm, z);
      }
      Add(z, bias, z);
      Activate(gate == kCellGate ? a_.activation : static_cast<int32_t>(CellActivation::kSigmoid), z, z);
    }

    void Normalise(float* z) const {
      const auto count = static_cast<double>(s_.cells);
      double mean = 0, variance = 0;
      for (size_t j = 0; j < s_.cells; ++j) mean += static_cast<double>(z[j]) / count;
      for (size_t j = 0; j < s_.cells; ++j) {
        const double apart = static_cast<double>(z[j]) - mean;
        variance += apart * apart / count;
      }
      const double inverse = 1.0 / std::sqrt(variance + 1e-8);
      for (size_t j = 0; j < s_.cells; ++j) z[j] = static_cast<float>((static_cast<double>(z[j]) - mean) * inverse);
    }

    void Step(const float* input) {
      float *const f = m_.z.data(), *const g = f + s_.cells, *const o = g + s_.cells, *const i = o + s_.cells;
      float* const c = m_.c.data();
      v_.matvec(input, m_.h.data(), s_.out, r_, s_.stride(), m_.z.data(), s_.columns());
      Finish(kForgetGate, f);
      Finish(kCellGate, g);
      if (s_.gates == kLstmGates) {
        Finish(kInputGate, i);
        Mul(i, g, g);
      } else {
        for (size_t j = 0; j < s_.cells; ++j) m_.other[j] = 1.0F - f[j];
        Mul(m_.other.data(), g, g);
      }
      Mul(f, c, c);
      Add(c, g, c, LimitOf(a_.cell_clip));
      Finish(kOutputGate, o);
      Activate(a_.activation, c, m_.m.data());
      Mul(o, m_.m.data(), m_.m.data());
      Project();
    }

    void Project() const {
      if (At(kLstmProjection) == nullptr) return Copy(m_.m.data(), m_.h.data(), s_.cells);
      const float* start = At(kLstmProjectionBias);
      if (start == nullptr) {
        std::ranges::fill(m_.other, 0.0F);
        start = m_.other.data();
      }
      const float limit = LimitOf(a_.proj_clip);
      float* const h = m_.h.data();
      v_.matvec(start, m_.m.data(), s_.cells, projection_, s_.projection_stride(), h, s_.out);
      v_.clamp(h, h, s_.out, -limit, limit);
    }

    const RunArgs& args_;
    const LstmAttrs& a_;
    const Sizes& s_;
    const kernels::VecF32Table& v_;
    Memory m_;
    const float* w_;
    const float* r_;
    const float* projection_;
  };
};

}  // namespace

VERGE_FAST_KERNELS(Lstm, LstmKernel, gemm_f32, "lstm_f32")

}  // namespace verge::ops
