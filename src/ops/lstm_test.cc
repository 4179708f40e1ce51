// The recurrent layers of TFLite against their equations, written out in f64.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "ops/attr_text.h"
#include "ops/lstm/lstm.h"
#include "ops/rnn/rnn.h"
#include "ops/run_reference.h"
#include "ops/svdf/svdf.h"

namespace verge::ops {
namespace {

// A tensor with its bytes, and the real numbers that they stand for.
struct Operand {
  TensorType type;
  std::vector<std::byte> bytes;
  std::vector<double> real;
  std::vector<float> scales;
  std::vector<int32_t> zeros;
  bool is_present = false;
};

int64_t Raw(const Operand& o, size_t i) {
  switch (o.type.dtype) {
    case DType::kI8: return reinterpret_cast<const int8_t*>(o.bytes.data())[i];
    case DType::kI16: return reinterpret_cast<const int16_t*>(o.bytes.data())[i];
    default: return reinterpret_cast<const int32_t*>(o.bytes.data())[i];
  }
}

// Random reals within [-range, range] that the type and scale can hold; scale 0: f32.
Operand Make(DType dtype, const Shape& shape, double range, std::mt19937& random, float scale = 0, int32_t zero = 0) {
  Operand o;
  o.is_present = true;
  o.type = {dtype, shape, {}};
  o.bytes.resize(*o.type.CheckedBytes());
  if (scale > 0) {
    o.scales = {scale};
    o.zeros = {zero};
  }
  std::uniform_real_distribution<double> uniform(-range, range);
  for (size_t i = 0; i < shape.elems(); ++i) {
    const double want = uniform(random);
    if (dtype == DType::kF32) {
      reinterpret_cast<float*>(o.bytes.data())[i] = static_cast<float>(want);
      o.real.push_back(static_cast<double>(static_cast<float>(want)));
      continue;
    }
    const auto q = static_cast<int64_t>(std::lround(want / static_cast<double>(scale))) + zero;
    if (dtype == DType::kI8) reinterpret_cast<int8_t*>(o.bytes.data())[i] = static_cast<int8_t>(q);
    if (dtype == DType::kI16) reinterpret_cast<int16_t*>(o.bytes.data())[i] = static_cast<int16_t>(q);
    if (dtype == DType::kI32) reinterpret_cast<int32_t*>(o.bytes.data())[i] = static_cast<int32_t>(q);
    o.real.push_back(static_cast<double>(q - zero) * static_cast<double>(scale));
  }
  return o;
}

struct Output {
  std::vector<double> real;
  std::vector<int64_t> raw;
};

// Runs the reference kernel; `y_scale`: quantisation of the outputs.
std::vector<Output> RunOp(const char* name, std::vector<Operand>& in, const OpAttrs& attrs,
                          std::vector<Operand> quants = {}) {
  const OpId id = FindOp(name).value();
  std::vector<InferInput> infer;
  std::vector<Tensor> inputs;
  for (Operand& o : in) {
    o.type.quant = {o.scales, o.zeros, 0};
    infer.push_back({o.type, nullptr, o.is_present});
    inputs.push_back({o.type, o.is_present ? o.bytes.data() : nullptr});
  }
  std::vector<TensorType> types(static_cast<size_t>(GetOp(id).min_outputs));
  for (size_t i = 0; i < quants.size(); ++i) types[i].quant = {quants[i].scales, quants[i].zeros, 0};
  const Status status = GetOp(id).infer({attrs, infer, types});
  EXPECT_TRUE(status.ok()) << status.ToString();
  if (!status.ok()) return {};
  std::vector<std::vector<std::byte>> bytes;
  std::vector<Tensor> outputs;
  for (const TensorType& type : types) {
    bytes.emplace_back(*type.CheckedBytes());
    outputs.push_back({type, bytes.back().data()});
  }
  RunReference(id, attrs, inputs, outputs);
  std::vector<Output> out(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    Operand o;
    o.type = types[i];
    o.bytes = bytes[i];
    for (size_t k = 0; k < types[i].shape.elems(); ++k) {
      if (types[i].dtype == DType::kF32) {
        out[i].real.push_back(static_cast<double>(reinterpret_cast<const float*>(bytes[i].data())[k]));
      } else {
        out[i].raw.push_back(Raw(o, k));
      }
    }
  }
  return out;
}

struct Want {
  std::vector<double> y;
  std::vector<double> h;
  std::vector<double> c;
};

// The layer in f64, batch-major.
class Oracle {
 public:
  Oracle(const std::vector<Operand>& in, const LstmAttrs& a) : in_(in), a_(a) {}

  Want Run() {
    const Shape& x = in_[kLstmX].type.shape;
    const auto steps = static_cast<size_t>(x[1]);
    const auto width = static_cast<size_t>(x[2]);
    cells_ = static_cast<size_t>(in_[kLstmW + 1].type.shape[0]);
    out_ = static_cast<size_t>(in_[kLstmR + 1].type.shape[1]);
    Want want;
    for (size_t b = 0; b < static_cast<size_t>(x[0]); ++b) {
      const auto part = [&](size_t i, size_t n) {
        const auto start = in_[i].real.begin() + static_cast<ptrdiff_t>(b * n);
        return std::vector<double>(start, start + static_cast<ptrdiff_t>(n));
      };
      h_ = part(kLstmH, out_);
      c_ = part(kLstmC, cells_);
      std::vector<double> y(steps * out_);
      for (size_t k = 0; k < steps; ++k) {
        const size_t t = a_.is_reversed ? steps - 1 - k : k;
        Step(in_[kLstmX].real.data() + (b * steps + t) * width, width);
        std::copy(h_.begin(), h_.end(), y.begin() + static_cast<ptrdiff_t>(t * out_));
      }
      want.y.insert(want.y.end(), y.begin(), y.end());
      want.h.insert(want.h.end(), h_.begin(), h_.end());
      want.c.insert(want.c.end(), c_.begin(), c_.end());
    }
    return want;
  }

 private:
  std::vector<double> Gate(size_t k, const double* x, size_t width, const std::vector<double>& c) const {
    std::vector<double> z(cells_, 0);
    const size_t p = kLstmP + (k == kOutputGate ? 2 : k);
    for (size_t j = 0; j < cells_; ++j) {
      for (size_t i = 0; i < width; ++i) z[j] += in_[kLstmW + k].real[j * width + i] * x[i];
      for (size_t i = 0; i < out_; ++i) z[j] += in_[kLstmR + k].real[j * out_ + i] * h_[i];
      if (k != kCellGate && in_[p].is_present) z[j] += in_[p].real[j] * c[j];
    }
    const Operand& norm = in_[kLstmNorm + k];
    if (norm.is_present) {
      double mean = 0;
      double square = 0;
      for (const double v : z) mean += v / static_cast<double>(cells_);
      for (const double v : z) square += (v - mean) * (v - mean) / static_cast<double>(cells_);
      for (size_t j = 0; j < cells_; ++j) z[j] = norm.real[j] * (z[j] - mean) / std::sqrt(square);
    }
    for (size_t j = 0; j < cells_; ++j) {
      z[j] += in_[kLstmB + k].real[j];
      z[j] = k == kCellGate ? std::tanh(z[j]) : 1 / (1 + std::exp(-z[j]));
    }
    return z;
  }

  void Step(const double* x, size_t width) {
    const std::vector<double> f = Gate(kForgetGate, x, width, c_);
    const std::vector<double> g = Gate(kCellGate, x, width, c_);
    std::vector<double> i(cells_);
    if (in_[kLstmW].is_present) i = Gate(kInputGate, x, width, c_);
    for (size_t j = 0; j < cells_; ++j) {
      if (!in_[kLstmW].is_present) i[j] = 1 - f[j];
      c_[j] = f[j] * c_[j] + i[j] * g[j];
      if (a_.cell_clip > 0) c_[j] = std::clamp<double>(c_[j], -a_.cell_clip, a_.cell_clip);
    }
    const std::vector<double> o = Gate(kOutputGate, x, width, c_);
    std::vector<double> m(cells_);
    for (size_t j = 0; j < cells_; ++j) m[j] = o[j] * std::tanh(c_[j]);
    h_ = m;
    if (!in_[kLstmProjection].is_present) return;
    h_.assign(out_, 0);
    for (size_t j = 0; j < out_; ++j) {
      if (in_[kLstmProjectionBias].is_present) h_[j] = in_[kLstmProjectionBias].real[j];
      for (size_t k = 0; k < cells_; ++k) h_[j] += in_[kLstmProjection].real[j * cells_ + k] * m[k];
      if (a_.proj_clip > 0) h_[j] = std::clamp<double>(h_[j], -a_.proj_clip, a_.proj_clip);
    }
  }

  const std::vector<Operand>& in_;
  LstmAttrs a_;
  size_t cells_ = 0;
  size_t out_ = 0;
  std::vector<double> h_;
  std::vector<double> c_;
};

struct Layer {
  const char* name;
  int64_t cells;
  int64_t out;
  bool is_coupled = false;
  bool has_peephole = false;
  bool has_norm = false;
  LstmAttrs attrs = {};
};

constexpr int64_t kBatch = 2;
constexpr int64_t kSteps = 6;
constexpr int64_t kWidth = 12;
constexpr float kX = 1.0f / 127;
constexpr float kW = 1.0f / 254;
constexpr float kH = 1.0f / 128;
constexpr float kC = 1.0f / 2048;
constexpr float kL = 1.0f / 16384;

// f32, or the integer form.
std::vector<Operand> MakeLstm(const Layer& layer, bool is_integer) {
  std::mt19937 random(static_cast<uint32_t>(layer.cells * 100 + layer.out));
  const auto as = [&](DType dtype) { return is_integer ? dtype : DType::kF32; };
  const auto make = [&](DType dtype, const Shape& shape, double range, float scale, int32_t zero = 0) {
    return Make(as(dtype), shape, range, random, is_integer ? scale : 0, is_integer ? zero : 0);
  };
  const int64_t n = layer.cells;
  const int64_t o = layer.out;
  std::vector<Operand> in(kLstmAux);
  in[kLstmX] = make(DType::kI8, {kBatch, kSteps, kWidth}, 0.9, kX, 3);
  for (size_t k = layer.is_coupled ? 1 : 0; k < kLstmGates; ++k) {
    in[kLstmW + k] = make(DType::kI8, {n, kWidth}, 0.5, kW);
    in[kLstmR + k] = make(DType::kI8, {n, o}, 0.5, kW);
    if (layer.has_norm) in[kLstmNorm + k] = make(DType::kI16, {n}, 0.9, kL);
    const float bias = layer.has_norm ? kL / 1024 : kX * kW;
    in[kLstmB + k] = make(DType::kI32, {n}, 0.3, bias);
    const size_t p = kLstmP + (k == kOutputGate ? 2 : k);
    if (k != kCellGate && layer.has_peephole) in[p] = make(DType::kI16, {n}, 0.4, 1.0f / 32768);
  }
  if (o != n) {
    in[kLstmProjection] = make(DType::kI8, {o, n}, 0.4, kW);
    in[kLstmProjectionBias] = make(DType::kI32, {o}, 0.1, kW * kH);
  }
  // proj_clip bounds the integers, not what they stand for: the two agree without a zero point.
  in[kLstmH] = make(DType::kI8, {kBatch, o}, 0.5, kH, layer.attrs.proj_clip > 0 ? 0 : -4);
  in[kLstmC] = make(DType::kI16, {kBatch, n}, 0.7, kC);
  return in;
}

OpAttrs AttrsOf(const LstmAttrs& a) {
  OpAttrs attrs;
  GetOp(FindOp("lstm").value()).init_attrs(attrs);
  attrs.As<LstmAttrs>() = a;
  return attrs;
}

const Layer kLayers[] = {
    {"plain", 10, 10},
    {"coupled", 10, 10, true},
    {"peephole", 9, 9, false, true},
    {"norm", 16, 16, false, false, true},
    {"coupled_peephole_norm", 16, 16, true, true, true},
    {"projection", 16, 5},
    {"reversed_clipped", 10, 6, false, false, false, {.cell_clip = 0.4f, .proj_clip = 0.25f, .is_reversed = true}},
};

TEST(Lstm, FloatFollowsTheEquations) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.name);
    std::vector<Operand> in = MakeLstm(layer, false);
    const Want want = Oracle(in, layer.attrs).Run();
    const std::vector<Output> got = RunOp("lstm", in, AttrsOf(layer.attrs));
    ASSERT_EQ(got.size(), 3u);
    for (size_t i = 0; i < want.y.size(); ++i) ASSERT_NEAR(got[0].real[i], want.y[i], 2e-6) << "y " << i;
    for (size_t i = 0; i < want.h.size(); ++i) ASSERT_NEAR(got[1].real[i], want.h[i], 2e-6) << "h " << i;
    for (size_t i = 0; i < want.c.size(); ++i) ASSERT_NEAR(got[2].real[i], want.c[i], 2e-6) << "c " << i;
  }
}

// The integers stand for reals near those of the equations: gates have 12 fractional bits, y has 7.
TEST(Lstm, IntegerIsNearTheEquations) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.name);
    std::vector<Operand> in = MakeLstm(layer, true);
    LstmAttrs attrs = layer.attrs;
    attrs.hidden_scale = kH;
    attrs.hidden_zero = in[kLstmH].zeros[0];
    if (layer.out != layer.cells) attrs.hidden_zero = -7;
    attrs.gate_scale_input = attrs.gate_scale_forget = 1.0f / 4096;
    attrs.gate_scale_cell = attrs.gate_scale_output = 1.0f / 2048;
    const Want want = Oracle(in, attrs).Run();
    const std::vector<Output> got = RunOp("lstm", in, AttrsOf(attrs), {in[kLstmH]});
    ASSERT_EQ(got.size(), 3u);
    const double tolerance = layer.has_norm ? 0.03 : 0.015;
    const auto zero = static_cast<double>(in[kLstmH].zeros[0]);
    for (size_t i = 0; i < want.y.size(); ++i) {
      const double y = (static_cast<double>(got[0].raw[i]) - zero) * static_cast<double>(kH);
      ASSERT_NEAR(y, want.y[i], tolerance) << "y " << i;
    }
    for (size_t i = 0; i < want.c.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(got[2].raw[i]) * static_cast<double>(kC), want.c[i], tolerance) << "c " << i;
    }
  }
}

TEST(Lstm, ManyShortRunsAreOneLongRun) {
  const Layer layer{"plain", 10, 10};
  std::vector<Operand> in = MakeLstm(layer, true);
  LstmAttrs attrs;
  attrs.hidden_scale = kH;
  attrs.hidden_zero = in[kLstmH].zeros[0];
  const std::vector<Output> whole = RunOp("lstm", in, AttrsOf(attrs));
  const std::vector<std::byte> x = in[kLstmX].bytes;
  in[kLstmX].type.shape = {kBatch, 1, kWidth};
  for (size_t t = 0; t < kSteps; ++t) {
    in[kLstmX].bytes.clear();
    for (size_t b = 0; b < kBatch; ++b) {
      const auto start = x.begin() + static_cast<ptrdiff_t>((b * kSteps + t) * kWidth);
      in[kLstmX].bytes.insert(in[kLstmX].bytes.end(), start, start + kWidth);
    }
    const std::vector<Output> step = RunOp("lstm", in, AttrsOf(attrs));
    for (size_t b = 0; b < kBatch; ++b) {
      for (size_t j = 0; j < 10; ++j)
        ASSERT_EQ(step[0].raw[b * 10 + j], whole[0].raw[static_cast<size_t>(b * kSteps + t) * 10 + j]);
    }
    for (size_t i = 0; i < step[1].raw.size(); ++i) {
      reinterpret_cast<int8_t*>(in[kLstmH].bytes.data())[i] = static_cast<int8_t>(step[1].raw[i]);
      reinterpret_cast<int16_t*>(in[kLstmC].bytes.data())[i] = static_cast<int16_t>(step[2].raw[i]);
    }
  }
}

// The hybrid form is the float form up to the rounding of the vectors to 8 bits.
TEST(Lstm, HybridIsNearTheEquations) {
  for (const bool is_asymmetric : {false, true}) {
    std::vector<Operand> in = MakeLstm({"plain", 10, 10}, false);
    std::mt19937 random(7);
    for (size_t k = 0; k < kLstmGates; ++k) {
      in[kLstmW + k] = Make(DType::kI8, {10, kWidth}, 0.5, random, kW);
      in[kLstmR + k] = Make(DType::kI8, {10, 10}, 0.5, random, kW);
    }
    LstmAttrs attrs;
    attrs.asymmetric_inputs = is_asymmetric;
    const Want want = Oracle(in, attrs).Run();
    const std::vector<Output> got = RunOp("lstm", in, AttrsOf(attrs));
    ASSERT_EQ(got.size(), 3u);
    double largest = 0;
    for (size_t i = 0; i < want.y.size(); ++i) largest = std::max(largest, std::abs(got[0].real[i] - want.y[i]));
    EXPECT_LT(largest, 0.01);
    EXPECT_GT(largest, 1e-5) << "nothing was quantised";
  }
}

std::string Refusal(std::vector<Operand> in, const LstmAttrs& attrs) {
  std::vector<InferInput> infer;
  for (Operand& o : in) {
    o.type.quant = {o.scales, o.zeros, 0};
    infer.push_back({o.type, nullptr, o.is_present});
  }
  std::vector<TensorType> types(3);
  const Status status = GetOp(FindOp("lstm").value()).infer({AttrsOf(attrs), infer, types});
  return status.ok() ? "accepted" : status.ToString();
}

TEST(Lstm, RefusesWhatTheKernelCannotRun) {
  const auto expect = [](const std::vector<Operand>& in, const LstmAttrs& attrs, const char* part) {
    const std::string text = Refusal(in, attrs);
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nwants: " << part;
  };
  const std::vector<Operand> plain = MakeLstm({"plain", 10, 10}, false);
  std::vector<Operand> in = plain;
  in[kLstmB + kCellGate].is_present = false;
  expect(in, {}, "input 14 (b_g) is required here and missing");
  in = plain;
  in[kLstmR].is_present = false;
  expect(in, {}, "input 5 (r_i) is required here and missing");
  in = plain;
  in[kLstmC].type.shape = {kBatch, 9};
  expect(in, {}, "input 19 (c) has shape [2, 9], wants [2, 10]");
  in = plain;
  in[kLstmProjectionBias] = in[kLstmB];
  expect(in, {}, "input 17 (b_p) has no use here");
  const std::vector<Operand> whole = MakeLstm({"plain", 10, 10}, true);
  expect(whole, {}, "hidden_scale is not above 0");
  LstmAttrs attrs;
  attrs.hidden_scale = kH;
  EXPECT_EQ(Refusal(whole, attrs), "accepted");
  in = whole;
  in[kLstmC].scales = {0.001f};
  expect(in, attrs, "wants a power of two from 2^-15 to 2^-9");
  in = whole;
  in[kLstmW + 1].zeros = {1};
  expect(in, attrs, "input 2 (w_f) has zero point 1, wants 0");
  in = whole;
  in[kLstmH].scales.clear();
  in[kLstmH].zeros.clear();
  expect(in, attrs, "input 18 (h) has 0 scales, wants one above 0");
  attrs.activation = static_cast<int32_t>(CellActivation::kRelu);
  expect(whole, attrs, "activation is not tanh");
}

TEST(Rnn, FollowsTheEquation) {
  std::mt19937 random(3);
  std::vector<Operand> in = {
      Make(DType::kF32, {2, 4, 3}, 1, random), Make(DType::kF32, {5, 3}, 1, random),
      Make(DType::kF32, {5, 5}, 1, random),    Make(DType::kF32, {5}, 1, random),
      Make(DType::kF32, {2, 5}, 1, random),
  };
  OpAttrs attrs;
  GetOp(FindOp("rnn").value()).init_attrs(attrs);
  const std::vector<Output> got = RunOp("rnn", in, attrs);
  ASSERT_EQ(got.size(), 2u);
  for (size_t b = 0; b < 2; ++b) {
    std::vector<double> h(in[kRnnH].real.begin() + static_cast<ptrdiff_t>(5 * b),
                          in[kRnnH].real.begin() + static_cast<ptrdiff_t>(5 * b + 5));
    for (size_t t = 0; t < 4; ++t) {
      std::vector<double> next(5);
      for (size_t j = 0; j < 5; ++j) {
        next[j] = in[kRnnBias].real[j];
        for (size_t i = 0; i < 3; ++i) next[j] += in[kRnnW].real[j * 3 + i] * in[kRnnX].real[(b * 4 + t) * 3 + i];
        for (size_t i = 0; i < 5; ++i) next[j] += in[kRnnR].real[j * 5 + i] * h[i];
        next[j] = std::tanh(next[j]);
        ASSERT_NEAR(got[0].real[(b * 4 + t) * 5 + j], next[j], 1e-6);
      }
      h = next;
    }
    for (size_t j = 0; j < 5; ++j) ASSERT_NEAR(got[1].real[b * 5 + j], h[j], 1e-6);
  }
}

// One filter of two places by hand: the memory [3, 5] becomes [5, 2 * 10 + 1 * 1], y = 5 * 4 + 21 * 1 + 0.5.
TEST(Svdf, ShiftsItsMemory) {
  std::mt19937 random(3);
  const auto of = [&](const Shape& shape, const std::vector<float>& values) {
    Operand o = Make(DType::kF32, shape, 1, random);
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(o.bytes.data()));
    return o;
  };
  std::vector<Operand> in = {of({1, 2}, {10, 1}), of({1, 2}, {2, 1}), of({1, 2}, {4, 1}), of({1}, {0.5f}),
                             of({1, 2}, {3, 5})};
  OpAttrs attrs;
  GetOp(FindOp("svdf").value()).init_attrs(attrs);
  const std::vector<Output> got = RunOp("svdf", in, attrs);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].real, std::vector<double>{41.5});
  EXPECT_EQ(got[1].real, (std::vector<double>{5, 21}));
}

// The same filter in integers: x, F with scale 1/2, memory 1/4, T 1/8, y 1/2 with zero point -128 and relu.
TEST(Svdf, IntegerByHand) {
  std::mt19937 random(3);
  const auto of = [&](DType dtype, const Shape& shape, float scale, int32_t zero, std::vector<int> raw) {
    Operand o = Make(dtype, shape, 0, random, scale, zero);
    for (size_t i = 0; i < raw.size(); ++i) {
      if (dtype == DType::kI8) reinterpret_cast<int8_t*>(o.bytes.data())[i] = static_cast<int8_t>(raw[i]);
      if (dtype == DType::kI16) reinterpret_cast<int16_t*>(o.bytes.data())[i] = static_cast<int16_t>(raw[i]);
      if (dtype == DType::kI32) reinterpret_cast<int32_t*>(o.bytes.data())[i] = raw[i];
    }
    return o;
  };
  std::vector<Operand> in = {
      of(DType::kI8, {1, 2}, 0.5f, 2, {22, 4}),    of(DType::kI8, {1, 2}, 0.5f, 0, {4, 2}),
      of(DType::kI16, {1, 2}, 0.125f, 0, {32, 8}), of(DType::kI32, {1}, 0.03125f, 0, {16}),
      of(DType::kI16, {1, 2}, 0.25f, 0, {12, 20}),
  };
  OpAttrs attrs;
  GetOp(FindOp("svdf").value()).init_attrs(attrs);
  attrs.As<SvdfAttrs>().activation = static_cast<int32_t>(CellActivation::kRelu);
  // x = [10, 1], F = [2, 1]: 21, as memory 84. T memory = 32 * 20 + 8 * 84 + 16 = 1328 of 1/32: 41.5, as y 83 - 128.
  const std::vector<Output> got = RunOp("svdf", in, attrs, {of(DType::kI8, {1, 1}, 0.5f, -128, {0})});
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].raw, std::vector<int64_t>{-45});
  EXPECT_EQ(got[1].raw, (std::vector<int64_t>{20, 84}));
}

}  // namespace
}  // namespace verge::ops
