#include "quant/equalise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include "ops/activation.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/pool.h"
#include "quant/layer_view.h"
#include "quant/layers.h"

namespace verge::quant {
namespace {

namespace ids = ops::ids;

// Reads the attribute `activation`.
class ActivationVisitor final : public ops::AttrVisitor {
 public:
  void Int(const char* /*name*/, int64_t& /*value*/, int64_t /*min*/, int64_t /*max*/) override {}
  void Float(const char* /*name*/, float& /*value*/) override {}
  void Bool(const char* /*name*/, bool& /*value*/) override {}
  void Ints(const char* /*name*/, ops::IntList& /*value*/) override {}
  void Enum(const char* name, int32_t& value, std::span<const char* const> /*names*/) override {
    if (std::strcmp(name, "activation") == 0) activation = value;
  }
  int32_t activation = ops::kNoActivation;
};

int32_t ActivationOf(const ir::Node& node) {
  ActivationVisitor reader;
  ops::OpAttrs attrs = node.attrs;
  ops::GetOp(node.op).visit_attrs(attrs, reader);
  return reader.activation;
}

// f(s x) = s f(x) for s > 0; of relu6 as long as nothing reaches 6.
bool IsHomogeneous(int32_t activation) {
  return activation == ops::kNoActivation || activation == ops::kActivationRelu || activation == ops::kActivationRelu6;
}

constexpr double kClamp = 6;  // of relu6

struct Pair {
  size_t first, second;  // nodes
  bool has_clamp;        // a relu6 stands between them
};

// What the samples showed of each channel between two layers.
struct Seen {
  std::vector<double> lo, hi;   // lo <= 0 <= hi
  std::vector<double> squares;  // mean of x^2
  std::vector<double> others;   // share of x that are not 0, which every scale expresses
  double rows = 0;

  void Add(const Tensor& x) {
    const size_t channels = lo.size(), count = x.shape().elems();
    const float* const values = x.as<const float>();
    for (size_t i = 0; i < count; ++i) {
      const auto v = static_cast<double>(values[i]);
      if (!std::isfinite(v)) continue;
      const size_t c = i % channels;
      lo[c] = std::min(lo[c], v);
      hi[c] = std::max(hi[c], v);
      squares[c] += v * v;
      others[c] += v != 0 ? 1 : 0;
    }
    rows += static_cast<double>(count / channels);
  }
  double LargestOf(size_t c) const { return std::max(hi[c], -lo[c]); }
};

// x^(quarters / 4), rounded alike on every machine.
double PowerOfQuarters(double x, int quarters) {
  const double half = std::sqrt(x);
  const double quarter = std::sqrt(half);
  switch (quarters) {
    case 0: return 1;
    case 1: return quarter;
    case 2: return half;
    case 3: return half * quarter;
    default: return x;
  }
}

// Finds pairs of layers with nothing but homogeneous functions of single channels between them.
class PairFinder {
 public:
  explicit PairFinder(const ir::Graph& graph) : graph_(graph) {
    reads_.assign(graph.values.size(), 0);
    reader_.assign(graph.values.size(), 0);
    for (size_t n = 0; n < graph.nodes.size(); ++n) {
      for (const ir::ValueId id : graph.nodes[n].inputs) {
        if (id == ir::kNoValue) continue;
        ++reads_[id];
        reader_[id] = n;
      }
    }
    for (const ir::ValueId id : graph.outputs) ++reads_[id];
    for (const ir::State& state : graph.states) ++reads_[state.output];
    for (const ir::CountedDim& counted : graph.counted) ++reads_[counted.count];
  }

  std::vector<Pair> Find() const {
    std::vector<Pair> pairs;
    for (size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (!IsFree(n) || !IsHomogeneous(ActivationOf(graph_.nodes[n]))) continue;
      Pair pair{n, n, ActivationOf(graph_.nodes[n]) == ops::kActivationRelu6};
      if (!FindSecond(pair)) continue;
      if (LayerView::Of(graph_, graph_.nodes[pair.second])->in_channels() ==
          LayerView::Of(graph_, graph_.nodes[n])->channels()) {
        pairs.push_back(pair);
      }
    }
    return pairs;
  }

 private:
  // A layer whose constants are its own.
  bool IsFree(size_t n) const {
    const ir::Node& node = graph_.nodes[n];
    if (!LayerView::Of(graph_, node)) return false;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == ir::kNoValue) continue;
      const ir::Value& value = graph_.value(node.inputs[i]);
      if (!value.is_constant() || value.dtype != DType::kF32 || reads_[node.inputs[i]] != 1) return false;
    }
    return true;
  }

  // The layer that reads what the first one makes.
  bool FindSecond(Pair& pair) const {
    for (ir::ValueId value = graph_.nodes[pair.first].outputs[0];;) {
      if (reads_[value] != 1) return false;
      const ir::Node& node = graph_.nodes[reader_[value]];
      if (node.inputs[0] != value) return false;
      if (IsFree(reader_[value])) {
        pair.second = reader_[value];
        return true;
      }
      const bool is_pool = node.op == ids::kMaxPool2d || node.op == ids::kAvgPool2d;
      if (is_pool && !IsHomogeneous(node.attrs.As<ops::PoolAttrs>().activation)) return false;
      if (!is_pool && node.op != ids::kRelu && !IsBorderOfZeros(node)) return false;
      pair.has_clamp =
          pair.has_clamp || (is_pool && node.attrs.As<ops::PoolAttrs>().activation == ops::kActivationRelu6);
      value = node.outputs[0];
    }
  }

  static bool IsBorderOfZeros(const ir::Node& node) {
    if (node.op != ids::kPad) return false;
    const auto& attrs = node.attrs.As<ops::PadAttrs>();
    const auto last = static_cast<size_t>(attrs.before.size - 1);
    return attrs.value == 0 && attrs.before.values[last] == 0 && attrs.after.values[last] == 0;
  }

  const ir::Graph& graph_;
  std::vector<size_t> reads_, reader_;  // of each value: how often it is read, and the last node that does
};

template <typename F>
void ForEachWeight(const LayerView& view, F f) {
  for (size_t o = 0; o < view.channels(); ++o) {
    for (size_t i = 0; i < view.fan_in(); ++i) f(o, i);
  }
}

// Chooses the factors of one pair and scales its weights.
class Balancer {
 public:
  Balancer(ir::Graph& graph, const Pair& pair, const Seen& seen, const EqualiseOptions& options)
      : graph_(graph),
        pair_(pair),
        seen_(seen),
        options_(options),
        from_(*LayerView::Of(graph, graph.nodes[pair.first])),
        to_(*LayerView::Of(graph, graph.nodes[pair.second])),
        weights_(Floats(graph.value(graph.nodes[pair.second].inputs[1]))) {
    readers_.assign(from_.channels(), 0);
    ForEachWeight(to_, [&](size_t o, size_t f) {
      double& largest = readers_[to_.InputChannel(o, f)];
      largest = std::max(largest, std::abs(static_cast<double>(weights_[to_.WeightIndex(o, f)])));
    });
  }

  // False when leaving the channels as they are is as good.
  bool Run() {
    constexpr int kQuarters = 4;
    constexpr double kWorthwhile = 0.98;
    std::vector<double> best(from_.channels(), 1);
    double least = kWorthwhile * ErrorOf(best);
    bool is_better = false;
    for (int of_seen = 0; of_seen <= kQuarters; ++of_seen) {
      for (int of_readers = 0; of_readers <= kQuarters; ++of_readers) {
        const std::vector<double> factors = Factors(of_seen, of_readers);
        const double error = ErrorOf(factors);
        if (!(error < least * (1 - 1e-9))) continue;
        least = error;
        best = factors;
        is_better = true;
      }
    }
    if (is_better) Scale(best);
    return is_better;
  }

 private:
  std::vector<double> Factors(int of_seen, int of_readers) const {
    constexpr double kSmallest = 1.0 / 64;  // what no sample showed must still fit somewhere
    std::vector<double> factors(from_.channels(), 1);
    double largest = 0;
    for (size_t i = 0; i < factors.size(); ++i) {
      const double seen = seen_.LargestOf(i);
      if (!(seen > 0) || !(readers_[i] > 0)) continue;
      factors[i] = PowerOfQuarters(seen, of_seen) / PowerOfQuarters(readers_[i], of_readers);
      largest = std::max(largest, factors[i]);
    }
    for (size_t i = 0; i < factors.size(); ++i) {
      const double seen = seen_.LargestOf(i);
      const bool is_left = !(seen > 0) || !(readers_[i] > 0) || (pair_.has_clamp && seen >= kClamp * (1 - 1e-6));
      factors[i] = is_left ? 1 : std::max(factors[i] / largest, kSmallest);
      if (pair_.has_clamp) factors[i] = std::clamp(factors[i], std::min(seen / kClamp, 1.0), 1.0);
    }
    return factors;
  }

  // The expected squared error of the second layer's outputs, each in the size of its signal.
  double ErrorOf(const std::vector<double>& s) const {
    double lo = 0, hi = 0;
    for (size_t i = 0; i < s.size(); ++i) {
      lo = std::min(lo, seen_.lo[i] / s[i]);
      hi = std::max(hi, seen_.hi[i] / s[i]);
    }
    const double step = (hi - lo) / options_.activation_steps;
    std::vector<double> errors(to_.channels()), signals(to_.channels());
    double mean = 0;
    for (size_t o = 0; o < to_.channels(); ++o) {
      double largest = 0, rounded = 0, inputs = 0;
      for (size_t f = 0; f < to_.fan_in(); ++f) {
        const size_t i = to_.InputChannel(o, f);
        const double w = static_cast<double>(weights_[to_.WeightIndex(o, f)]) * s[i];
        const double square = seen_.squares[i] / (s[i] * s[i]);
        largest = std::max(largest, std::abs(w));
        // What is far below a step becomes 0, an error of no more than itself.
        rounded += w * w * std::min(step * step / 12 * seen_.others[i], square);
        inputs += square;
        signals[o] += w * w * square;
      }
      const double weight_step = largest / options_.weight_limit;
      errors[o] = rounded + weight_step * weight_step / 12 * inputs;
      mean += signals[o] / static_cast<double>(to_.channels());
    }
    constexpr double kFloor = 0.01;  // of the mean signal: outputs below it matter less
    double sum = 0;
    for (size_t o = 0; o < errors.size(); ++o) sum += errors[o] / (signals[o] + kFloor * mean + 1e-300);
    return sum;
  }

  // A writable copy of a constant, in its place.
  float* Writable(ir::ValueId id) {
    ir::Value& value = graph_.values[id];
    const auto copy = ir::Buffer::CopyOf(value.constant->data(), value.constant->size());
    value.constant = copy;
    return reinterpret_cast<float*>(copy->mutable_data());
  }

  void Scale(const std::vector<double>& factors) {
    const ir::Node& first = graph_.nodes[pair_.first];
    float* const w1 = Writable(first.inputs[1]);
    float* const w2 = Writable(graph_.nodes[pair_.second].inputs[1]);
    float* const b1 = HasBias(first) ? Writable(first.inputs[2]) : nullptr;
    std::vector<float> s(factors.begin(), factors.end());
    ForEachWeight(from_, [&](size_t o, size_t f) { w1[from_.WeightIndex(o, f)] /= s[o]; });
    for (size_t o = 0; b1 != nullptr && o < s.size(); ++o) b1[o] /= s[o];
    ForEachWeight(to_, [&](size_t o, size_t f) { w2[to_.WeightIndex(o, f)] *= s[to_.InputChannel(o, f)]; });
  }

  ir::Graph& graph_;
  const Pair& pair_;
  const Seen& seen_;
  const EqualiseOptions& options_;
  LayerView from_, to_;
  std::span<const float> weights_;  // of the second layer
  std::vector<double> readers_;     // the largest |weight| that reads each channel
};

}  // namespace

Result<size_t> Equalise(ir::Graph& graph, Activations& activations, const EqualiseOptions& options) {
  const std::vector<Pair> pairs = PairFinder(graph).Find();
  std::map<ir::ValueId, Seen> seen;
  std::vector<ir::ValueId> watched;
  for (const Pair& pair : pairs) {
    watched.push_back(graph.nodes[pair.first].outputs[0]);
    const std::vector<double> zeros(LayerView::Of(graph, graph.nodes[pair.first])->channels(), 0);
    seen[watched.back()] = {zeros, zeros, zeros, zeros};
  }
  const size_t samples = std::min(activations.samples(), options.most_samples);
  VERGE_TRY(activations.Run(graph, watched, 0, samples, [&](size_t sample, ir::ValueId id, const Tensor& x) -> Status {
    seen[id].Add(x);
    if (options.progress == nullptr) return Status::Ok();
    return options.progress({.stage = "equalise", .done = sample + 1, .total = samples});
  }));
  size_t changed = 0;
  for (const Pair& pair : pairs) {
    Seen& channels = seen[graph.nodes[pair.first].outputs[0]];
    for (double& square : channels.squares) square /= std::max(channels.rows, 1.0);
    for (double& other : channels.others) other /= std::max(channels.rows, 1.0);
    changed += Balancer(graph, pair, channels, options).Run() ? 1 : 0;
  }
  return changed;
}

}  // namespace verge::quant
