#include <algorithm>
#include <utility>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/recurrent/recurrent.h"
#include "ops/scratch.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

float Activate(int64_t code, float x) {
  switch (code) {
    case 0: return std::max(x, 0.0f);
    case 1: return std::tanh(x);
    case 2: return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
    case 3: return x < 0 ? 0.01f * x : x;
    case 4: return x > 1 ? x : 0.0f;
    case 5: return std::clamp(0.2f * x + 0.5f, 0.0f, 1.0f);
    case 6: return x < 0 ? std::expm1(x) : x;
    case 7: return x / (1 + std::abs(x));
    default: return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x)));
  }
}

// The state of one sequence before a step and after it, and a GRU's gates.
struct Memory {
  std::span<float> h;
  std::span<float> c;
  std::span<float> next_h;
  std::span<float> reset;
  std::span<float> gated;

  Memory(Scratch& scratch, size_t hidden)
      : h(scratch.Take<float>(hidden)),
        c(scratch.Take<float>(hidden)),
        next_h(scratch.Take<float>(hidden)),
        reset(scratch.Take<float>(hidden)),
        gated(scratch.Take<float>(hidden)) {}
};

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  Scratch scratch(nullptr);
  Memory(scratch, static_cast<size_t>(args.inputs[2].type.shape[2]));
  return KernelNeeds{.scratch_bytes = scratch.bytes()};
}

// One direction of the layer: its weights, and the state of one sequence.
struct Cell {
  const RecurrentAttrs& a;
  size_t in;
  size_t hidden;
  size_t gates;
  const float* w;
  const float* r;
  const float* bias;      // null: none
  const float* peephole;  // null: none
  const int64_t* functions;
  Memory m;

  static double Dot(const float* u, const float* v, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) sum += static_cast<double>(u[i]) * static_cast<double>(v[i]);
    return sum;
  }
  double Input(const float* x, size_t gate, size_t j) const {
    const size_t row = gate * hidden + j;
    return Dot(x, w + row * in, in) + (bias != nullptr ? static_cast<double>(bias[row]) : 0.0);
  }
  double RecurrentBias(size_t gate, size_t j) const {
    return bias != nullptr ? static_cast<double>(bias[(gates + gate) * hidden + j]) : 0.0;
  }
  double State(std::span<const float> state, size_t gate, size_t j) const {
    return Dot(state.data(), r + (gate * hidden + j) * hidden, hidden);
  }
  double Gate(const float* x, size_t gate, size_t j) const {
    return Input(x, gate, j) + State(m.h, gate, j) + RecurrentBias(gate, j);
  }
  float Apply(size_t function, double value) const {
    auto x = static_cast<float>(value);
    if (a.clip > 0) x = std::clamp(x, -a.clip, a.clip);
    return Activate(functions[function], x);
  }
  double Peep(size_t which, size_t j, float state) const {
    return peephole != nullptr ? static_cast<double>(peephole[which * hidden + j]) * static_cast<double>(state) : 0.0;
  }

  void StepGru(const float* x) {
    for (size_t j = 0; j < hidden; ++j) m.reset[j] = Apply(0, Gate(x, 1, j));
    for (size_t j = 0; j < hidden; ++j) m.gated[j] = m.reset[j] * m.h[j];
    for (size_t j = 0; j < hidden; ++j) {
      const double state = a.linear_before_reset
                               ? static_cast<double>(m.reset[j]) * (State(m.h, 2, j) + RecurrentBias(2, j))
                               : State(m.gated, 2, j) + RecurrentBias(2, j);
      const float fresh = Apply(1, Input(x, 2, j) + state);
      const float update = Apply(0, Gate(x, 0, j));
      m.next_h[j] = (1 - update) * fresh + update * m.h[j];
    }
  }
  void StepLstm(const float* x) {
    for (size_t j = 0; j < hidden; ++j) {
      float& c = m.c[j];
      const float i = Apply(0, Gate(x, 0, j) + Peep(0, j, c));
      const float f = a.input_forget ? 1 - i : Apply(0, Gate(x, 2, j) + Peep(2, j, c));
      c = f * c + i * Apply(1, Gate(x, 3, j));
      m.next_h[j] = Apply(0, Gate(x, 1, j) + Peep(1, j, c)) * Apply(2, static_cast<double>(c));
    }
  }
  void Step(const float* x) {
    const auto kind = static_cast<RecurrentKind>(a.kind);
    if (kind == RecurrentKind::kGru) StepGru(x);
    if (kind == RecurrentKind::kLstm) StepLstm(x);
    for (size_t j = 0; kind == RecurrentKind::kRnn && j < hidden; ++j) m.next_h[j] = Apply(0, Gate(x, 0, j));
    std::swap(m.h, m.next_h);
  }
};

// Optional input `i` at element `offset`; null when it is missing.
const float* At(const RunArgs& args, size_t i, size_t offset) {
  return i < args.inputs.size() && args.inputs[i].data != nullptr ? args.inputs[i].as<const float>() + offset : nullptr;
}

Cell MakeCell(const RunArgs& args, size_t d, const Memory& memory) {
  const auto& a = args.attrs.As<RecurrentAttrs>();
  const Shape& ws = args.inputs[1].shape();
  const auto in = static_cast<size_t>(ws[2]);
  const auto hidden = static_cast<size_t>(args.inputs[2].shape()[2]);
  const auto rows = static_cast<size_t>(ws[1]);
  return {a,
          in,
          hidden,
          rows / hidden,
          At(args, 1, d * rows * in),
          At(args, 2, d * rows * hidden),
          At(args, 3, d * 2 * rows),
          At(args, 7, d * 3 * hidden),
          a.activations.values.data() + d * static_cast<size_t>(a.kind + 1),
          memory};
}

void RunSequence(const RunArgs& args, Cell& cell, size_t d, size_t b) {
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const auto steps = static_cast<size_t>(xs[0]);
  const auto batch = static_cast<size_t>(xs[1]);
  const auto directions = static_cast<size_t>(ys[1]);
  const size_t state = (d * batch + b) * cell.hidden;
  const bool reverse = static_cast<RecurrentDirection>(cell.a.direction) == RecurrentDirection::kReverse || d == 1;
  const float* h0 = At(args, 5, state);
  const float* c0 = At(args, 6, state);
  std::fill(cell.m.h.begin(), cell.m.h.end(), 0.0f);
  std::fill(cell.m.c.begin(), cell.m.c.end(), 0.0f);
  if (h0 != nullptr) std::copy_n(h0, cell.hidden, cell.m.h.begin());
  if (c0 != nullptr) std::copy_n(c0, cell.hidden, cell.m.c.begin());
  const bool has_lengths = args.inputs.size() > 4 && args.inputs[4].data != nullptr;
  const int64_t stated = has_lengths ? args.inputs[4].as<const int32_t>()[b] : static_cast<int64_t>(steps);
  const auto length = static_cast<size_t>(std::clamp<int64_t>(stated, 0, static_cast<int64_t>(steps)));
  for (size_t k = 0; k < steps; ++k) {
    const size_t t = reverse && k < length ? length - 1 - k : k;
    float* y = args.outputs[0].as<float>() + ((t * directions + d) * batch + b) * cell.hidden;
    if (k >= length) {
      std::fill_n(y, cell.hidden, 0.0f);
      continue;
    }
    cell.Step(args.inputs[0].as<const float>() + (t * batch + b) * cell.in);
    std::copy(cell.m.h.begin(), cell.m.h.end(), y);
  }
  std::copy(cell.m.h.begin(), cell.m.h.end(), args.outputs[1].as<float>() + state);
  if (args.outputs.size() > 2) std::copy(cell.m.c.begin(), cell.m.c.end(), args.outputs[2].as<float>() + state);
}

void Run(const RunArgs& args) {
  Scratch scratch(args.scratch);
  const Memory memory(scratch, static_cast<size_t>(args.inputs[2].shape()[2]));
  for (size_t d = 0; d < static_cast<size_t>(args.outputs[0].shape()[1]); ++d) {
    Cell cell = MakeCell(args, d, memory);
    for (size_t b = 0; b < static_cast<size_t>(args.inputs[0].shape()[1]); ++b) RunSequence(args, cell, d, b);
  }
}

}  // namespace

extern const Kernel kRecurrentRef = {"recurrent_f32__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
