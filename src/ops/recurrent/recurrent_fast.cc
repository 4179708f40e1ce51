// Recurrent layers of f32 in vectors: what the inputs give all steps is one product of matrices, what the state gives
// one step is a product of a vector with packed recurrent weights, and gates are computed a vector at a time.
//
// For constant weights, no peepholes, lengths or clip, and tanh, sigmoid or relu as functions.
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "base/checked.h"
#include "kernels/product_f32.h"
#include "ops/fast_kernels.h"
#include "ops/recurrent/recurrent.h"
#include "ops/scratch.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int64_t kRelu = 0, kTanh = 1, kSigmoid = 2;  // of kRecurrentFunctionNames

bool Has(std::span<const InferInput> inputs, size_t i) { return i < inputs.size() && inputs[i].is_present; }

struct Sizes {
  size_t steps, batch, in, hidden, rows, directions;  // rows: gates * hidden

  static Sizes Of(const Shape& x, const Shape& w, const Shape& r) {
    return {Dim(x, 0), Dim(x, 1), Dim(x, 2), Dim(r, 2), Dim(w, 1), Dim(w, 0)};
  }
  size_t stride() const { return (rows + 15) / 16 * 16; }  // of recurrent weights
};

// Packed, for each direction: input weights, recurrent weights [hidden][stride], recurrent bias of a GRU's last gate.
struct Layout {
  size_t w_floats, r_floats, bias_floats;
  size_t direction_floats() const { return w_floats + r_floats + bias_floats; }
};

template <const kernels::GemmF32Table& kTable>
struct RecurrentKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const auto& a = args.attrs.As<RecurrentAttrs>();
    const auto functions = a.activations.values;
    for (size_t i = 0; i < static_cast<size_t>(a.activations.size); ++i) {
      if (functions[i] != kRelu && functions[i] != kTanh && functions[i] != kSigmoid) return false;
    }
    return IsUsable(kTable, args) && args.inputs[1].constant != nullptr && args.inputs[2].constant != nullptr &&
           (!Has(args.inputs, 3) || args.inputs[3].constant != nullptr) && !Has(args.inputs, 4) &&
           !Has(args.inputs, 7) && a.clip == 0 && !a.input_forget && LayoutOf(SizesOf(args)).has_value();
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Sizes s = SizesOf(args);
    const auto floats = CheckedMul(LayoutOf(s)->direction_floats(), s.directions);
    const auto packed = floats ? CheckedMul(*floats, sizeof(float)) : std::nullopt;
    Scratch scratch(nullptr);
    Memory(scratch, s);
    const auto needed = CheckedMul(scratch.bytes(), s.directions);
    if (!packed || !needed) return VERGE_ERROR(kResourceExhausted, "recurrent: the packed weights overflow memory");
    return KernelNeeds{.scratch_bytes = *needed, .packed_bytes = *packed, .unread_inputs = 0b1110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const Sizes s = SizesOf(args);
    const Layout layout = *LayoutOf(s);
    const auto& a = args.attrs.As<RecurrentAttrs>();
    const auto* bias = Has(args.inputs, 3) ? static_cast<const float*>(args.inputs[3].constant) : nullptr;
    auto* out = reinterpret_cast<float*>(packed.data());
    for (size_t d = 0; d < s.directions; ++d, out += layout.direction_floats()) {
      const float* w = static_cast<const float*>(args.inputs[1].constant) + d * s.rows * s.in;
      const float* r = static_cast<const float*>(args.inputs[2].constant) + d * s.rows * s.hidden;
      const float* both = bias == nullptr ? nullptr : bias + d * 2 * s.rows;
      PackDirection(a, s, layout, w, r, both, out);
    }
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const Sizes s = Sizes::Of(args.inputs[0].shape(), args.inputs[1].shape(), args.inputs[2].shape());
    Scratch counted(nullptr);
    Memory(counted, s);
    RunTasks(args.parallel, s.directions, [&](size_t d) {
      Scratch scratch(args.scratch + d * counted.bytes());
      Cell(args, s, d, Memory(scratch, s)).RunAll();
    });
  }

 private:
  static Sizes SizesOf(const PrepareArgs& args) {
    return Sizes::Of(args.inputs[0].type.shape, args.inputs[1].type.shape, args.inputs[2].type.shape);
  }

  static std::optional<Layout> LayoutOf(const Sizes& s) {
    const auto w = kernels::ProductF32PackedBytes(kTable, s.in, s.rows);
    const auto r = CheckedMul(s.stride(), s.hidden);
    if (!w || !r) return std::nullopt;
    const size_t w_floats = (*w / sizeof(float) + 15) / 16 * 16;
    return Layout{w_floats, *r, (s.hidden + 15) / 16 * 16};
  }

  // Recurrent biases join those of the inputs, but for the last gate of a GRU that resets behind the product.
  static void PackDirection(const RecurrentAttrs& a, const Sizes& s, const Layout& layout, const float* w,
                            const float* r, const float* bias, float* out) {
    const bool is_apart = static_cast<RecurrentKind>(a.kind) == RecurrentKind::kGru && a.linear_before_reset;
    std::vector<float> sum(s.rows, 0.0F);
    std::fill_n(out, layout.direction_floats(), 0.0F);
    float* const recurrent = out + layout.w_floats;
    float* const late = recurrent + layout.r_floats;
    for (size_t j = 0; j < s.rows && bias != nullptr; ++j) {
      const bool is_late = is_apart && j >= 2 * s.hidden;
      sum[j] = bias[j] + (is_late ? 0.0F : bias[s.rows + j]);
      if (is_late) late[j - 2 * s.hidden] = bias[s.rows + j];
    }
    kernels::PackProductF32(kTable, s.in, s.rows, {w, 1, s.in, sum.data()}, 1.0F, out);
    for (size_t j = 0; j < s.rows; ++j) {
      for (size_t i = 0; i < s.hidden; ++i) recurrent[i * s.stride() + j] = r[j * s.hidden + i];
    }
  }

  struct Memory {
    std::span<float> inputs;  // [steps * batch][rows]
    std::span<float> z, start, h, c, other;
    Memory(Scratch& scratch, const Sizes& s)
        : inputs(scratch.Take<float>(s.steps * s.batch * s.rows)),
          z(scratch.Take<float>(s.rows)),
          start(scratch.Take<float>(s.rows)),
          h(scratch.Take<float>(s.hidden)),
          c(scratch.Take<float>(s.hidden)),
          other(scratch.Take<float>(s.hidden)) {}
  };

  // One direction.
  class Cell {
   public:
    Cell(const RunArgs& args, const Sizes& s, size_t d, const Memory& memory)
        : args_(args),
          a_(args.attrs.As<RecurrentAttrs>()),
          s_(s),
          d_(d),
          v_(VectorTableOf(kTable.isa)),
          m_(memory),
          functions_(a_.activations.values.data() + d * static_cast<size_t>(a_.kind + 1)) {
      const Layout layout = *LayoutOf(s);
      w_ = reinterpret_cast<const float*>(args.packed) + d * layout.direction_floats();
      r_ = w_ + layout.w_floats;
      late_ = r_ + layout.r_floats;
    }

    void RunAll() {
      kernels::RunProductF32(
          kTable, s_.in, s_.rows, w_,
          {args_.inputs[0].as<const float>(), s_.in, m_.inputs.data(), s_.rows, s_.steps * s_.batch});
      for (size_t b = 0; b < s_.batch; ++b) RunSequence(b);
    }

   private:
    void Load(size_t input, size_t at, std::span<float> state) const {
      const bool is_there = input < args_.inputs.size() && args_.inputs[input].data != nullptr;
      if (is_there) {
        std::memcpy(state.data(), args_.inputs[input].as<const float>() + at, s_.hidden * sizeof(float));
      } else {
        std::ranges::fill(state, 0.0F);
      }
    }

    void RunSequence(size_t b) {
      const size_t state = (d_ * s_.batch + b) * s_.hidden;
      const bool is_reverse = static_cast<RecurrentDirection>(a_.direction) == RecurrentDirection::kReverse || d_ == 1;
      Load(5, state, m_.h);
      Load(6, state, m_.c);
      for (size_t k = 0; k < s_.steps; ++k) {
        const size_t t = is_reverse ? s_.steps - 1 - k : k;
        Step(m_.inputs.data() + (t * s_.batch + b) * s_.rows);
        float* y = args_.outputs[0].as<float>() + ((t * s_.directions + d_) * s_.batch + b) * s_.hidden;
        std::memcpy(y, m_.h.data(), s_.hidden * sizeof(float));
      }
      std::memcpy(args_.outputs[1].as<float>() + state, m_.h.data(), s_.hidden * sizeof(float));
      if (args_.outputs.size() > 2) {
        std::memcpy(args_.outputs[2].as<float>() + state, m_.c.data(), s_.hidden * sizeof(float));
      }
    }

    void Activate(size_t function, float* x, size_t n) const {
      switch (functions_[function]) {
        case kRelu: return v_.clamp(x, x, n, 0.0F, kInfinity);
        case kTanh: return v_.unary[static_cast<size_t>(kernels::VecUnary::kTanh)](x, x, n, 0, 0);
        default: return v_.logistic(x, x, n);
      }
    }
    void Add(const float* a, const float* b, float* y) const { v_.add(a, b, y, s_.hidden, -kInfinity, kInfinity); }
    void Mul(const float* a, const float* b, float* y) const { v_.mul(a, b, y, s_.hidden, -kInfinity, kInfinity); }
    void Sub(const float* a, const float* b, float* y) const { v_.sub(a, b, y, s_.hidden, -kInfinity, kInfinity); }
    // z = start + state R' of the gates [first, first + n)
    void Recur(const float* start, const float* state, size_t first, size_t n) {
      v_.matvec(start + first, state, s_.hidden, r_ + first, s_.stride(), m_.z.data() + first, n);
    }

    void Step(const float* input) {
      switch (static_cast<RecurrentKind>(a_.kind)) {
        case RecurrentKind::kGru: return StepGru(input);
        case RecurrentKind::kLstm: return StepLstm(input);
        case RecurrentKind::kRnn: break;
      }
      Recur(input, m_.h.data(), 0, s_.rows);
      Activate(0, m_.z.data(), s_.rows);
      std::memcpy(m_.h.data(), m_.z.data(), s_.hidden * sizeof(float));
    }

    // Gates i, o, f, n.
    void StepLstm(const float* input) {
      const size_t h = s_.hidden;
      Recur(input, m_.h.data(), 0, s_.rows);
      float *const i = m_.z.data(), *const o = i + h, *const f = o + h, *const n = f + h;
      Activate(0, i, 3 * h);
      Activate(1, n, h);
      Mul(f, m_.c.data(), m_.c.data());
      Mul(i, n, n);
      Add(m_.c.data(), n, m_.c.data());
      std::memcpy(m_.other.data(), m_.c.data(), h * sizeof(float));
      Activate(2, m_.other.data(), h);
      Mul(o, m_.other.data(), m_.h.data());
    }

    // Gates u, r, n; h = n + u (h - n).
    void StepGru(const float* input) {
      const size_t h = s_.hidden;
      float *const u = m_.z.data(), *const r = u + h, *const n = r + h;
      if (a_.linear_before_reset) {
        std::memcpy(m_.start.data(), input, 2 * h * sizeof(float));
        std::memcpy(m_.start.data() + 2 * h, late_, h * sizeof(float));
        Recur(m_.start.data(), m_.h.data(), 0, s_.rows);
        Activate(0, u, 2 * h);
        Mul(r, n, n);
        Add(n, input + 2 * h, n);
      } else {
        Recur(input, m_.h.data(), 0, 2 * h);
        Activate(0, u, 2 * h);
        Mul(r, m_.h.data(), m_.other.data());
        Recur(input, m_.other.data(), 2 * h, h);
      }
      Activate(1, n, h);
      Sub(m_.h.data(), n, m_.h.data());
      Mul(u, m_.h.data(), m_.h.data());
      Add(n, m_.h.data(), m_.h.data());
    }

    const RunArgs& args_;
    const RecurrentAttrs& a_;
    const Sizes& s_;
    size_t d_;
    const kernels::VecF32Table& v_;
    Memory m_;
    const int64_t* functions_;
    const float* w_;
    const float* r_;
    const float* late_;
  };
};

}  // namespace

VERGE_FAST_KERNELS(Recurrent, RecurrentKernel, gemm_f32, "recurrent_f32")

}  // namespace verge::ops
