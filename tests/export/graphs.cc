#include "export/graphs.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>

#include "ops/elem.h"

namespace verge::exported {
namespace {

ir::BufferPtr Random(const TensorType& type, std::mt19937& random, float lo, float hi) {
  std::uniform_real_distribution<float> uniform(lo, hi);
  const std::shared_ptr<ir::Buffer> buffer = ir::Buffer::Allocate(*type.CheckedBytes());
  ops::Dispatch(type.dtype, [&]<typename T>() {
    auto* to = reinterpret_cast<T*>(buffer->mutable_data());
    for (size_t i = 0; i < type.shape.elems(); ++i) {
      const float value = uniform(random);
      if constexpr (std::is_same_v<T, ops::Flag>) {
        to[i] = T(value > 0);
      } else if constexpr (std::is_unsigned_v<T>) {
        to[i] = static_cast<T>(std::max(value, 0.0f));
      } else {
        to[i] = T(static_cast<ops::Compute<T>>(value));
      }
    }
  });
  return buffer;
}

ir::Quant QuantOf(const ops::CaseQuant& quant) { return {quant.scales, quant.zero_points, quant.axis}; }

uint32_t SeedOf(const std::string& name) {
  uint32_t seed = 2166136261u;
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 16777619u;
  return seed;
}

Result<ir::Graph> GraphWith(const ops::Case& c, int outputs) {
  ir::Graph graph;
  graph.name = c.name;
  std::mt19937 random(SeedOf(c.name));
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    if (!c.inputs[i].is_present) {
      inputs.push_back(ir::kNoValue);
      continue;
    }
    ir::Value value;
    value.name = "x" + std::to_string(i);
    value.dtype = c.inputs[i].type.dtype;
    value.shape = c.inputs[i].type.shape;
    if (c.inputs[i].quant != nullptr) value.quant = QuantOf(*c.inputs[i].quant);
    if (c.inputs[i].is_constant) value.constant = Random(c.inputs[i].type, random, c.lo, c.hi);
    const bool is_input = !c.inputs[i].is_constant;
    inputs.push_back(graph.AddValue(std::move(value)));
    if (is_input) graph.inputs.push_back(inputs.back());
  }
  for (int i = 0; i < outputs; ++i) {
    ir::Value value;
    value.name = "y" + std::to_string(i);
    if (i == 0 && c.output_quant != nullptr) value.quant = QuantOf(*c.output_quant);
    graph.outputs.push_back(graph.AddValue(std::move(value)));
  }
  graph.AddNode(c.op, "node", inputs, graph.outputs).attrs = c.attrs;
  VERGE_TRY(ir::InferTypes(graph));
  return graph;
}

}  // namespace

// As few outputs as the op has, or, where its attributes want more, as many.
Result<ir::Graph> GraphOf(const ops::Case& c) {
  const ops::OpDef& op = ops::GetOp(c.op);
  Result<ir::Graph> graph = GraphWith(c, op.min_outputs);
  return graph.ok() || op.max_outputs <= op.min_outputs ? std::move(graph) : GraphWith(c, op.max_outputs);
}

std::vector<ops::Case> CasesOf(ops::OpId op) {
  const std::string name = ops::GetOp(op).name;
  std::ifstream file(VERGE_SOURCE_DIR "/src/ops/" + name + "/" + name + ".cases");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Result<std::vector<ops::Case>> cases = ops::ParseCases(op, text);
  return cases.ok() ? std::move(cases).value() : std::vector<ops::Case>();
}

std::vector<ir::BufferPtr> RandomInputs(const ir::Graph& graph, uint32_t seed, float lo, float hi) {
  std::mt19937 random(seed);
  std::vector<ir::BufferPtr> inputs;
  for (const ir::ValueId id : graph.inputs) inputs.push_back(Random(graph.value(id).type(), random, lo, hi));
  return inputs;
}

double Difference(const ir::Value& type, const ir::BufferPtr& got, const ir::BufferPtr& want) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (got->size() != want->size()) return kInfinite;
  double largest = 0;
  double difference = 0;
  ops::Dispatch(type.dtype, [&]<typename T>() {
    const auto* a = reinterpret_cast<const T*>(got->data());
    const auto* b = reinterpret_cast<const T*>(want->data());
    for (size_t i = 0; i < want->size() / sizeof(T); ++i) {
      const auto x = static_cast<double>(static_cast<ops::Compute<T>>(a[i]));
      const auto y = static_cast<double>(static_cast<ops::Compute<T>>(b[i]));
      if (x == y || (std::isnan(x) && std::isnan(y))) {
        if (std::isfinite(y)) largest = std::max(largest, std::abs(y));
        continue;
      }
      difference = std::max(difference, std::isfinite(x - y) ? std::abs(x - y) : kInfinite);
      largest = std::max(largest, std::abs(y));
    }
  });
  if (difference == 0 || !type.quant.scales.empty()) return difference;
  return difference / std::max(largest, 1e-3);
}

}  // namespace verge::exported
