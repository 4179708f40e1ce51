// How small deltas between real models are, against the bounds that are promised; docs/formats/delta.md has the table.
// $VERGE_DATA has the models; status 77 where it is not set.
//
// Fine-tuning is imitated, not done: nobody publishes such pairs of these models. A trained 8-bit weight q stands for a
// number q + u that was rounded, u uniform in [-1/2, 1/2]. Fine-tuning moves every number by a normal deviate of r
// times the standard deviation of its tensor and rounds again, scales kept. Biases (i32) move by the same rule, f32
// weights without rounding. r = 0.3 % is training all layers gently; r = 1 % and 3 % are shown to tell where deltas
// end. With a new head all but the last layer stay, and the last one is drawn anew, with another number of classes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "compile/compile.h"
#include "delta/delta.h"
#include "ops/op_ids.h"
#include "sys/file/mapped_file.h"
#include "verge/fleet/tensor_pairs.h"

namespace verge {
namespace {

using Random = std::mt19937_64;

template <typename T>
void Move(T* w, size_t n, double r, Random& random) {
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < n; ++i) {
    sum += static_cast<double>(w[i]);
    squares += static_cast<double>(w[i]) * static_cast<double>(w[i]);
  }
  const double mean = sum / static_cast<double>(n);
  const double deviation = std::sqrt(std::max(0.0, squares / static_cast<double>(n) - mean * mean));
  std::normal_distribution<double> step(0, r * deviation);
  std::uniform_real_distribution<double> rounded(-0.5, 0.5);
  for (size_t i = 0; i < n && deviation > 0; ++i) {
    const double exact = static_cast<double>(w[i]) + (std::is_integral_v<T> ? rounded(random) : 0) + step(random);
    const double value = std::is_integral_v<T> ? std::nearbyint(exact) : exact;
    w[i] = static_cast<T>(std::clamp(value, static_cast<double>(std::numeric_limits<T>::lowest()),
                                     static_cast<double>(std::numeric_limits<T>::max())));
  }
}

// The weights: what has a quantisation, or is f32, and more than one element.
ir::Graph FineTuned(const ir::Graph& from, double r) {
  ir::Graph graph = from;
  Random random(1);
  for (ir::Value& value : graph.values) {
    const size_t n = value.shape.elems();
    const bool is_weight = value.dtype == DType::kF32 || !value.quant.scales.empty();
    if (!value.is_constant() || !is_weight || n < 2) continue;
    const auto copy = ir::Buffer::CopyOf(value.constant->data(), value.constant->size());
    std::byte* data = copy->mutable_data();
    if (value.dtype == DType::kI8) Move(reinterpret_cast<int8_t*>(data), n, r, random);
    if (value.dtype == DType::kU8) Move(reinterpret_cast<uint8_t*>(data), n, r, random);
    if (value.dtype == DType::kI32) Move(reinterpret_cast<int32_t*>(data), n, r, random);
    if (value.dtype == DType::kF32) Move(reinterpret_cast<float*>(data), n, r, random);
    value.constant = copy;
  }
  return graph;
}

// The last fully connected layer for `classes` classes, with random weights. `head_bytes`: what it takes.
Result<ir::Graph> NewHead(const ir::Graph& from, int64_t classes, size_t& head_bytes) {
  ir::Graph graph = from;
  Random random(2);
  head_bytes = 0;
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const ir::Node& node = graph.nodes[i];
    if (node.op != ops::ids::kFullyConnected) continue;
    for (size_t k = 1; k < node.inputs.size(); ++k) {
      if (node.inputs[k] == ir::kNoValue) continue;
      ir::Value& value = graph.values[node.inputs[k]];
      const auto old_classes = static_cast<size_t>(value.shape[0]);
      const size_t row = value.constant->size() / old_classes;
      const auto fresh = ir::Buffer::Allocate(row * static_cast<size_t>(classes));
      for (size_t b = 0; b < fresh->size(); ++b) fresh->mutable_data()[b] = static_cast<std::byte>(random());
      value.shape.set(0, classes);
      value.constant = fresh;
      if (value.quant.scales.size() > 1) {
        value.quant.scales.resize(static_cast<size_t>(classes), value.quant.scales[0]);
        value.quant.zero_points.resize(static_cast<size_t>(classes), 0);
      }
      head_bytes += fresh->size();
    }
    VERGE_TRY(ir::InferTypes(graph));
    return graph;
  }
  return VERGE_ERROR(kNotFound, "no fully connected layer");
}

std::string_view TextOf(const format::AlignedBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.bytes().size()};
}

// One row: every method, and the smallest, which must be below `limit_bytes`.
Status Row(const char* what, const ir::Graph& old_graph, const ir::Graph& new_graph, double limit_bytes) {
  VERGE_TRY_ASSIGN(const format::AlignedBytes base, compile::Lower(old_graph));
  VERGE_TRY_ASSIGN(const format::AlignedBytes target, compile::Lower(new_graph));
  delta::MakeOptions options;
  options.tensors = cli::PairTensors(base.bytes(), target.bytes());
  const auto full = static_cast<double>(target.bytes().size());
  double smallest = full;
  std::printf("  %-26s %9zu", what, target.bytes().size());
  for (int i = 0; i < delta::kMethods; ++i) {
    options.method = static_cast<delta::Method>(i);
    VERGE_TRY_ASSIGN(const std::string made, delta::Make(TextOf(base), TextOf(target), options));
    std::string back;
    VERGE_TRY(delta::Apply(i == 0 ? std::string_view() : TextOf(base), made, [&](std::string_view bytes) {
      back += bytes;
      return Status::Ok();
    }));
    if (back != TextOf(target)) return VERGE_ERROR(kInternal, std::string(what) + ": another file came back");
    std::printf("  %s %6.2f %%", delta::MethodName(*options.method), 100 * static_cast<double>(made.size()) / full);
    smallest = std::min(smallest, static_cast<double>(made.size()));
  }
  std::printf("  (bound %.2f %%)\n", 100 * limit_bytes / full);
  if (smallest <= limit_bytes) return Status::Ok();
  return VERGE_ERROR(kInternal, std::string(what) + ": the delta is larger than promised");
}

// What the deltas of a model may take, as a share of its file.
struct Case {
  const char* path;
  bool has_head;
  double at_01, at_03, at_1, at_3;  // for r = 0.1 %, 0.3 %, 1 %, 3 %
};

Status Measure(const std::string& path, const Case& c) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
  VERGE_TRY_ASSIGN(ir::Graph graph, compile::Import(file.bytes(), "model"));
  VERGE_TRY(compile::Optimise(graph, {}).status());
  VERGE_TRY_ASSIGN(const format::AlignedBytes plain, compile::Lower(graph));
  const auto full = static_cast<double>(plain.bytes().size());
  VERGE_TRY(Row("fine-tuned, r = 0.1 %", graph, FineTuned(graph, 0.001), full * c.at_01));
  VERGE_TRY(Row("fine-tuned, r = 0.3 %", graph, FineTuned(graph, 0.003), full * c.at_03));
  VERGE_TRY(Row("fine-tuned, r = 1 %", graph, FineTuned(graph, 0.01), full * c.at_1));
  VERGE_TRY(Row("fine-tuned, r = 3 %", graph, FineTuned(graph, 0.03), full * c.at_3));
  if (!c.has_head) return Status::Ok();
  size_t head_bytes = 0;
  VERGE_TRY_ASSIGN(const ir::Graph other, NewHead(graph, 5, head_bytes));
  return Row("new head, 5 classes", graph, other, static_cast<double>(head_bytes) + 0.02 * full);
}

}  // namespace
}  // namespace verge

int main() {
  const char* data = std::getenv("VERGE_DATA");
  if (data == nullptr) {
    std::printf("not run: VERGE_DATA is not set\n");
    return 77;
  }
  const verge::Case cases[] = {
      {"mlperf-tiny/vww_96_int8.tflite", true, 0.06, 0.06, 0.09, 0.16},
      {"mlperf-tiny/pretrainedResnet_quant.tflite", true, 0.06, 0.075, 0.15, 0.27},
      {"mlperf-tiny/ad01_int8.tflite", false, 0.06, 0.06, 0.08, 0.15},
      {"coral/mobilenet_v2_1.0_224_quant.tflite", false, 0.06, 0.06, 0.11, 0.21},
      {"mlperf-tiny/vww_96_float.tflite", true, 0.82, 0.86, 0.9, 0.93},
  };
  int failures = 0;
  for (const verge::Case& c : cases) {
    std::printf("%s\n", c.path);
    const verge::Status status = verge::Measure(std::string(data) + "/models/" + c.path, c);
    if (status.ok()) continue;
    std::printf("FAILED: %s\n", status.ToString().c_str());
    ++failures;
  }
  return failures == 0 ? 0 : 1;
}
