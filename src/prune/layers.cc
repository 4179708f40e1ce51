#include "prune/layers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "ops/conv2d/conv2d.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/matmul/matmul.h"
#include "ops/op_ids.h"

namespace verge::prune {
namespace {

using ir::kNoValue;
using ir::ValueId;

size_t Size(int64_t n) { return static_cast<size_t>(n); }

bool IsFloat(const ir::Graph& graph, ValueId id) {
  return graph.value(id).dtype == DType::kF32 && graph.value(id).quant.scales.empty();
}

bool HasConstantWeights(const ir::Graph& graph, const ir::Node& node) {
  if (!IsFloat(graph, node.inputs[0]) || graph.value(node.inputs[0]).is_constant()) return false;
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    if (!graph.value(node.inputs[i]).is_constant() || !IsFloat(graph, node.inputs[i])) return false;
  }
  return graph.value(node.inputs[1]).shape.elems() > 0;
}

// Sets the layer's geometry; false for other nodes.
bool SetGeometry(const ir::Graph& graph, const ir::Node& node, Layer& layer) {
  const Shape& x = graph.value(node.inputs[0]).shape;
  const Shape& w = graph.value(node.inputs[1]).shape;
  if (node.op == ops::ids::kConv2d) {
    layer.groups = Size(node.attrs.As<ops::Conv2dAttrs>().groups);
    layer.outputs = Size(w[0]);
    layer.taps = Size(w[1] * w[2]);
    layer.channels = Size(w[3]);
  } else if (node.op == ops::ids::kDepthwiseConv2d) {
    layer.groups = Size(x[3]);
    layer.outputs = Size(w[3]);
    layer.taps = Size(w[1] * w[2]);
    layer.channels = 1;
    layer.is_input_major = true;
    layer.is_depthwise = true;
  } else if (node.op == ops::ids::kFullyConnected) {
    layer.outputs = Size(w[0]);
    layer.channels = Size(w[1]);
  } else {
    const auto& attrs = node.attrs.As<ops::MatmulAttrs>();
    if (w.rank() != 2 || x.rank() < 2 || attrs.transpose_a) return false;
    layer.is_input_major = !attrs.transpose_b;
    layer.outputs = Size(w[layer.is_input_major ? 1 : 0]);
    layer.channels = Size(w[layer.is_input_major ? 0 : 1]);
  }
  layer.inputs = layer.taps * layer.channels;
  return true;
}

bool IsLayerOp(ops::OpId op) {
  return op == ops::ids::kConv2d || op == ops::ids::kDepthwiseConv2d || op == ops::ids::kFullyConnected ||
         op == ops::ids::kMatmul;
}

uint64_t MacsOf(const ir::Graph& graph, const ir::Node& node) {
  std::vector<TensorType> inputs;
  std::vector<TensorType> outputs;
  for (const ValueId id : node.inputs) inputs.push_back(id == kNoValue ? TensorType() : graph.value(id).type());
  for (const ValueId id : node.outputs) outputs.push_back(graph.value(id).type());
  return ops::GetOp(node.op).macs(node.attrs, inputs, outputs);
}

std::vector<size_t> CountReads(const ir::Graph& graph) {
  std::vector<size_t> reads(graph.values.size(), 0);
  for (const ir::Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) ++reads[id];
    }
  }
  for (const ValueId id : graph.outputs) ++reads[id];
  for (const ir::State& state : graph.states) {
    ++reads[state.output];
    if (state.initial != kNoValue) ++reads[state.initial];
  }
  return reads;
}

void MarkFirst(const ir::Graph& graph, std::vector<Layer>& layers) {
  std::vector<bool> is_behind(graph.values.size(), false);
  size_t next = 0;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    bool behind = std::any_of(node.inputs.begin(), node.inputs.end(),
                              [&](ValueId id) { return id != kNoValue && is_behind[id]; });
    if (next < layers.size() && layers[next].node == n) {
      layers[next++].is_first = !behind;
      behind = true;
    }
    for (const ValueId id : node.outputs) is_behind[id] = behind;
  }
}

void MarkLast(const ir::Graph& graph, std::vector<Layer>& layers) {
  std::vector<bool> is_before(graph.values.size(), false);
  size_t next = layers.size();
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const ir::Node& node = graph.nodes[n];
    bool before = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) { return is_before[id]; });
    if (next > 0 && layers[next - 1].node == n) {
      layers[--next].is_last = !before;
      before = true;
    }
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && before) is_before[id] = true;
    }
  }
}

const float* Floats(const ir::Graph& graph, ValueId id) {
  return reinterpret_cast<const float*>(graph.value(id).constant->data());
}

// Where the window of a convolution stands for output position (i, j).
struct Window {
  int64_t kernel_w, stride_h, stride_w, dilation_h, dilation_w, top, left;
};

template <typename Attrs>
Window WindowOf(const Attrs& a, const Shape& w) {
  return {w[2], a.stride_h, a.stride_w, a.dilation_h, a.dilation_w, a.pad_top, a.pad_left};
}

void ReadPatch(const Window& window, const Layer& layer, const Shape& xs, const Shape& ys, const float* x, size_t r,
               float* row) {
  const auto at = static_cast<int64_t>(r);
  const int64_t j = at % ys[2];
  const int64_t i = at / ys[2] % ys[1];
  const int64_t n = at / (ys[2] * ys[1]);
  const size_t channels = layer.channels;
  for (size_t tap = 0; tap < layer.taps; ++tap) {
    const int64_t p = static_cast<int64_t>(tap) / window.kernel_w;
    const int64_t q = static_cast<int64_t>(tap) % window.kernel_w;
    const int64_t h = i * window.stride_h + p * window.dilation_h - window.top;
    const int64_t w = j * window.stride_w + q * window.dilation_w - window.left;
    const bool is_inside = h >= 0 && h < xs[1] && w >= 0 && w < xs[2];
    const float* pixel = is_inside ? x + ((n * xs[1] + h) * xs[2] + w) * xs[3] : nullptr;
    for (size_t g = 0; g < layer.groups; ++g) {
      float* out = row + g * layer.inputs + tap * channels;
      for (size_t c = 0; c < channels; ++c) out[c] = is_inside ? pixel[g * channels + c] : 0.0f;
    }
  }
}

// Row `i` of `count` taken out of `rows` of a sample: evenly spaced, and moved on by the golden section from sample to
// sample, so that all places of the picture take part.
size_t PickedRow(size_t sample, size_t i, size_t count, size_t rows) {
  const double shift = std::fmod(static_cast<double>(sample) * 0.6180339887498949, 1.0);
  const double at = (static_cast<double>(i) + shift) / static_cast<double>(count) * static_cast<double>(rows);
  return std::min(static_cast<size_t>(at), rows - 1);
}

Status TakeRows(const ir::Graph& graph, const Layer& layer, size_t sample, size_t count, const Tensor& tensor,
                InputRows& rows) {
  const size_t available = RowsOf(graph, layer);
  const size_t take = std::min(count, available);
  rows.values.resize((rows.rows + take) * layer.row_width());
  for (size_t i = 0; i < take; ++i) {
    float* row = rows.values.data() + (rows.rows + i) * layer.row_width();
    ReadRow(graph, layer, tensor.as<const float>(), PickedRow(sample, i, take, available), row);
    if (!std::all_of(row, row + layer.row_width(), [](float v) { return std::isfinite(v); })) {
      return VERGE_ERROR(kInvalidArgument, "the input of '" + graph.nodes[layer.node].name +
                                               "' is not finite for sample " + std::to_string(sample));
    }
  }
  rows.rows += take;
  return Status::Ok();
}

// The graph as far as it is needed to make `watched`: half the work, on average over the layers of a model.
ir::Graph CutBehind(const ir::Graph& graph, std::span<const Layer> layers, const std::vector<ValueId>& watched) {
  std::vector<bool> is_input(graph.values.size(), false);
  for (const ValueId id : graph.inputs) is_input[id] = true;
  std::vector<ValueId> made;
  for (const ValueId id : watched) {
    if (!is_input[id]) made.push_back(id);
  }
  // What becomes of states comes from further behind.
  if (!graph.states.empty() || made.empty()) return graph;
  size_t last = 0;
  for (const Layer& layer : layers) last = std::max(last, layer.node);
  ir::Graph cut = graph;
  cut.nodes.resize(last);
  cut.outputs = made;
  cut.counted.clear();
  return cut;
}

void TakeBeside(const ir::Graph& graph, const Layer& layer, size_t sample, size_t count, const Tensor& tensor,
                InputRows& rows) {
  const size_t available = RowsOf(graph, layer);
  const size_t take = std::min(count, available);
  for (size_t i = 0; i < take; ++i) {
    const float* row = tensor.as<const float>() + PickedRow(sample, i, take, available) * layer.outputs;
    rows.beside.insert(rows.beside.end(), row, row + layer.outputs);
  }
}

size_t RowsEach(size_t max_rows, size_t samples) { return std::max<size_t>(1, (max_rows + samples - 1) / samples); }

}  // namespace

std::vector<Layer> FindLayers(const ir::Graph& graph) {
  const std::vector<size_t> reads = CountReads(graph);
  std::vector<Layer> layers;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    if (!IsLayerOp(node.op) || !HasConstantWeights(graph, node)) continue;
    Layer layer;
    layer.node = n;
    layer.input = node.inputs[0];
    layer.weights = node.inputs[1];
    layer.bias = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
    if (!SetGeometry(graph, node, layer)) continue;
    layer.is_shared = reads[layer.weights] > 1;
    layer.macs = MacsOf(graph, node);
    layers.push_back(layer);
  }
  MarkFirst(graph, layers);
  MarkLast(graph, layers);
  return layers;
}

std::vector<float> ReadWeights(const ir::Graph& graph, const Layer& layer) {
  const float* stored = Floats(graph, layer.weights);
  std::vector<float> weights(stored, stored + layer.weight_count());
  if (!layer.is_input_major) return weights;
  for (size_t o = 0; o < layer.outputs; ++o) {
    for (size_t k = 0; k < layer.inputs; ++k) weights[o * layer.inputs + k] = stored[k * layer.outputs + o];
  }
  return weights;
}

std::vector<float> ReadBias(const ir::Graph& graph, const Layer& layer) {
  if (layer.bias == kNoValue) return std::vector<float>(layer.outputs, 0.0f);
  const float* stored = Floats(graph, layer.bias);
  return {stored, stored + layer.outputs};
}

void WriteWeights(ir::Graph& graph, const Layer& layer, std::span<const float> weights) {
  const auto buffer = ir::Buffer::Allocate(weights.size_bytes());
  auto* stored = reinterpret_cast<float*>(buffer->mutable_data());
  for (size_t o = 0; o < layer.outputs; ++o) {
    for (size_t k = 0; k < layer.inputs; ++k) {
      const size_t at = layer.is_input_major ? k * layer.outputs + o : o * layer.inputs + k;
      stored[at] = weights[o * layer.inputs + k];
    }
  }
  graph.values[layer.weights].constant = buffer;
}

void WriteBias(ir::Graph& graph, Layer& layer, std::span<const float> bias) {
  // Always a value of its own: small constants are often shared between layers.
  ir::Node& node = graph.nodes[layer.node];
  const std::string name = node.name + ".bias" + std::to_string(graph.values.size());
  layer.bias = graph.AddConstant(name, DType::kF32, {static_cast<int64_t>(bias.size())}, bias.data());
  node.inputs.resize(3, kNoValue);
  node.inputs[2] = layer.bias;
}

void ReadRow(const ir::Graph& graph, const Layer& layer, const float* x, size_t r, float* row) {
  const ir::Node& node = graph.nodes[layer.node];
  const Shape& xs = graph.value(layer.input).shape;
  const Shape& ys = graph.value(node.outputs[0]).shape;
  const Shape& ws = graph.value(layer.weights).shape;
  if (node.op == ops::ids::kConv2d) {
    ReadPatch(WindowOf(node.attrs.As<ops::Conv2dAttrs>(), ws), layer, xs, ys, x, r, row);
  } else if (node.op == ops::ids::kDepthwiseConv2d) {
    ReadPatch(WindowOf(node.attrs.As<ops::DepthwiseConv2dAttrs>(), ws), layer, xs, ys, x, r, row);
  } else {
    std::memcpy(row, x + r * layer.inputs, layer.inputs * sizeof(float));
  }
}

size_t RowsOf(const ir::Graph& graph, const Layer& layer) {
  return graph.value(graph.nodes[layer.node].outputs[0]).shape.elems() / layer.outputs;
}

Status CollectRows(const ir::Graph& graph, std::span<const Layer> layers, size_t max_rows,
                   quant::Activations& activations, std::vector<InputRows>& rows) {
  if (activations.samples() == 0) return VERGE_ERROR(kInvalidArgument, "there are no samples to run the model on");
  rows.assign(layers.size(), {});
  std::vector<ValueId> watched;
  for (const Layer& layer : layers) {
    watched.push_back(layer.input);
    if (layer.beside != kNoValue) watched.push_back(layer.beside);
  }
  std::sort(watched.begin(), watched.end());
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  const size_t each = RowsEach(max_rows, activations.samples());
  const quant::SeenValue take = [&](size_t sample, ValueId value, const Tensor& tensor) -> Status {
    for (size_t l = 0; l < layers.size(); ++l) {
      // A sample of many steps shows its values once a step; enough is enough.
      if (layers[l].input == value && rows[l].rows < 4 * max_rows) {
        VERGE_TRY(TakeRows(graph, layers[l], sample, each, tensor, rows[l]));
      }
      if (layers[l].beside == value && rows[l].beside.size() < 4 * max_rows * layers[l].outputs) {
        TakeBeside(graph, layers[l], sample, each, tensor, rows[l]);
      }
    }
    return Status::Ok();
  };
  return activations.Run(CutBehind(graph, layers, watched), watched, 0, activations.samples(), take);
}

size_t BatchFor(const ir::Graph& graph, std::span<const Layer> layers, size_t max_rows, size_t max_bytes) {
  size_t bytes = 0;
  size_t count = 0;
  for (const Layer& layer : layers) {
    bytes += std::min(max_rows * 2, std::max(RowsOf(graph, layer), max_rows)) * layer.row_width() * sizeof(float);
    if (count > 0 && bytes > max_bytes) break;
    ++count;
  }
  return count;
}

std::vector<float> LayerOutputs(const Layer& layer, std::span<const float> weights, const InputRows& rows) {
  std::vector<float> y(rows.rows * layer.outputs);
  for (size_t r = 0; r < rows.rows; ++r) {
    for (size_t o = 0; o < layer.outputs; ++o) {
      const float* x = rows.values.data() + r * layer.row_width() + o / layer.group_outputs() * layer.inputs;
      const float* w = weights.data() + o * layer.inputs;
      double sum = 0;
      for (size_t k = 0; k < layer.inputs; ++k) sum += static_cast<double>(x[k]) * static_cast<double>(w[k]);
      y[r * layer.outputs + o] = static_cast<float>(sum);
    }
  }
  return y;
}

double SignalToNoiseDb(std::span<const float> y, std::span<const float> z) {
  double signal = 0;
  double noise = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const double value = static_cast<double>(y[i]);
    const double error = value - static_cast<double>(z[i]);
    signal += value * value;
    noise += error * error;
  }
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

}  // namespace verge::prune
