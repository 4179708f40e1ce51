// For tests: Activations over the reference kernels, and samples to go with them.
#pragma once

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "ir/evaluate.h"
#include "quant/activations.h"

namespace verge::quant {

// A sample is its steps; a step is one buffer a graph input.
using TestSample = std::vector<std::vector<ir::BufferPtr>>;

class EvaluatedActivations final : public Activations {
 public:
  explicit EvaluatedActivations(std::vector<TestSample> samples) : samples_(std::move(samples)) {}

  size_t samples() const override { return samples_.size(); }

  Status Run(const ir::Graph& graph, std::span<const ir::ValueId> watched, size_t first, size_t count,
             const SeenValue& seen) override {
    ir::Graph watching = graph;
    watching.outputs = InOrder(graph, watched);
    watching.counted.clear();
    for (size_t s = first; s < first + count; ++s) {
      std::vector<ir::BufferPtr> states(graph.states.size());
      for (const std::vector<ir::BufferPtr>& step : samples_[s]) {
        VERGE_TRY_ASSIGN(const std::vector<ir::BufferPtr> values, ir::Evaluate(watching, step, &states));
        for (size_t i = 0; i < values.size(); ++i) {
          const ir::ValueId id = watching.outputs[i];
          VERGE_TRY(seen(s, id, {graph.value(id).type(), const_cast<std::byte*>(values[i]->data())}));
        }
      }
    }
    return Status::Ok();
  }

 private:
  static std::vector<ir::ValueId> InOrder(const ir::Graph& graph, std::span<const ir::ValueId> watched) {
    std::vector<ir::ValueId> made = graph.inputs;
    for (const ir::State& state : graph.states) made.push_back(state.input);
    for (const ir::Node& node : graph.nodes) made.insert(made.end(), node.outputs.begin(), node.outputs.end());
    std::erase_if(made, [&](ir::ValueId id) { return std::ranges::find(watched, id) == watched.end(); });
    return made;
  }

  std::vector<TestSample> samples_;
};

// `count` samples of one step: normal numbers of the given mean and deviation for each f32 input of the graph.
inline std::vector<TestSample> NormalSamples(const ir::Graph& graph, size_t count, float mean = 0, float deviation = 1,
                                             uint32_t seed = 1) {
  std::mt19937 random(seed);
  const auto uniform = [&random] { return static_cast<float>(random() >> 8) / static_cast<float>(1 << 24); };
  std::vector<TestSample> samples;
  for (size_t s = 0; s < count; ++s) {
    std::vector<ir::BufferPtr> step;
    for (const ir::ValueId id : graph.inputs) {
      const size_t elems = graph.value(id).shape.elems();
      const auto buffer = ir::Buffer::Allocate(elems * sizeof(float));
      for (size_t i = 0; i < elems; ++i) {
        float sum = 0;  // of 12 uniform numbers: nearly normal, and the same on every machine
        for (int k = 0; k < 12; ++k) sum += uniform();
        reinterpret_cast<float*>(buffer->mutable_data())[i] = mean + deviation * (sum - 6);
      }
      step.push_back(buffer);
    }
    samples.push_back({std::move(step)});
  }
  return samples;
}

}  // namespace verge::quant
