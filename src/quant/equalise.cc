#include "quant/equalise.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "ops/activation.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/pool.h"
#include "quant/channel_factors.h"
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

struct Pair {
  size_t first, second;  // nodes
  bool has_clamp;        // a relu6 stands between them
};

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

// A writable copy of a constant, in its place.
float* Writable(ir::Graph& graph, ir::ValueId id) {
  ir::Value& value = graph.values[id];
  const auto copy = ir::Buffer::CopyOf(value.constant->data(), value.constant->size());
  value.constant = copy;
  return reinterpret_cast<float*>(copy->mutable_data());
}

// False when leaving the channels of a pair as they are is as good.
bool Balance(ir::Graph& graph, const Pair& pair, const SeenChannels& seen, const EqualiseOptions& options) {
  const ir::Node& first = graph.nodes[pair.first];
  const ir::Node& second = graph.nodes[pair.second];
  const std::optional<std::vector<double>> factors = ChooseFactors(
      *LayerView::Of(graph, second), Floats(graph.value(second.inputs[1])), seen, pair.has_clamp, options);
  if (!factors) return false;
  const LayerView view = *LayerView::Of(graph, first);
  float* const weights = Writable(graph, first.inputs[1]);
  float* const bias = HasBias(first) ? Writable(graph, first.inputs[2]) : nullptr;
  ForEachWeight(view,
                [&](size_t o, size_t f) { weights[view.WeightIndex(o, f)] /= static_cast<float>((*factors)[o]); });
  for (size_t o = 0; bias != nullptr && o < factors->size(); ++o) bias[o] /= static_cast<float>((*factors)[o]);
  ScaleReader(graph, second, *factors);
  return true;
}

}  // namespace

Result<size_t> Equalise(ir::Graph& graph, Activations& activations, const EqualiseOptions& options) {
  const std::vector<Pair> pairs = PairFinder(graph).Find();
  std::map<ir::ValueId, SeenChannels> seen;
  std::vector<ir::ValueId> watched;
  for (const Pair& pair : pairs) {
    watched.push_back(graph.nodes[pair.first].outputs[0]);
    seen.emplace(watched.back(), LayerView::Of(graph, graph.nodes[pair.first])->channels());
  }
  const size_t samples = std::min(activations.samples(), options.most_samples);
  size_t told = 0;  // samples that were reported
  VERGE_TRY(activations.Run(graph, watched, 0, samples, [&](size_t sample, ir::ValueId id, const Tensor& x) -> Status {
    seen.at(id).Add(x);
    if (options.progress == nullptr || sample < told) return Status::Ok();
    told = sample + 1;
    return options.progress({.stage = "equalise", .done = sample + 1, .total = samples});
  }));
  size_t changed = 0;
  for (const Pair& pair : pairs) {
    SeenChannels& channels = seen.at(graph.nodes[pair.first].outputs[0]);
    channels.Finish();
    changed += Balance(graph, pair, channels, options) ? 1 : 0;
  }
  return changed;
}

}  // namespace verge::quant
