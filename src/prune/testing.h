// For tests: activations of small graphs by the reference evaluation, and graphs from text.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ir/evaluate.h"
#include "ir/text.h"
#include "quant/activations.h"

namespace verge::prune::testing {

class EvaluatedActivations final : public quant::Activations {
 public:
  // One list of buffers a sample, one buffer a graph input.
  explicit EvaluatedActivations(std::vector<std::vector<ir::BufferPtr>> samples) : samples_(std::move(samples)) {}

  size_t samples() const override { return samples_.size(); }

  Status Run(const ir::Graph& graph, std::span<const ir::ValueId> watched, size_t first, size_t count,
             const quant::SeenValue& seen) override {
    std::vector<ir::ValueId> order;
    for (const ir::ValueId id : graph.inputs) order.push_back(id);
    for (const ir::Node& node : graph.nodes) order.insert(order.end(), node.outputs.begin(), node.outputs.end());
    std::erase_if(order,
                  [&](ir::ValueId id) { return std::find(watched.begin(), watched.end(), id) == watched.end(); });
    ir::Graph watching = graph;
    watching.outputs = order;
    watching.counted.clear();
    for (size_t sample = first; sample < first + count; ++sample) {
      VERGE_TRY_ASSIGN(const std::vector<ir::BufferPtr> results, ir::Evaluate(watching, samples_[sample]));
      for (size_t i = 0; i < order.size(); ++i) {
        const Tensor tensor{graph.value(order[i]).type(), const_cast<std::byte*>(results[i]->data())};
        VERGE_TRY(seen(sample, order[i], tensor));
      }
    }
    return Status::Ok();
  }

  std::span<const ir::BufferPtr> sample(size_t i) const { return samples_[i]; }

 private:
  std::vector<std::vector<ir::BufferPtr>> samples_;
};

inline ir::Graph Read(const std::string& text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? std::move(graph).value() : ir::Graph();
}

// mt19937's numbers are the same everywhere; the distributions of the library are not.
class Random {
 public:
  explicit Random(uint32_t seed) : random_(seed) {}
  // In [low, high).
  float Uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(random_() >> 8) * (1.0f / 16777216.0f);
  }
  size_t Below(size_t n) { return random_() % n; }

 private:
  std::mt19937 random_;
};

inline std::vector<std::vector<ir::BufferPtr>> RandomSamples(const ir::Graph& graph, size_t count, uint32_t seed = 1) {
  Random random(seed);
  std::vector<std::vector<ir::BufferPtr>> samples(count);
  for (std::vector<ir::BufferPtr>& sample : samples) {
    for (const ir::ValueId id : graph.inputs) {
      const size_t elems = graph.value(id).shape.elems();
      const auto buffer = ir::Buffer::Allocate(elems * sizeof(float));
      for (size_t i = 0; i < elems; ++i) {
        reinterpret_cast<float*>(buffer->mutable_data())[i] = random.Uniform(-1, 1);
      }
      sample.push_back(buffer);
    }
  }
  return samples;
}

// Replaces every f32 constant of more than one element by random numbers, so that texts may say fill(0).
inline void Randomise(ir::Graph& graph, uint32_t seed = 2) {
  Random random(seed);
  for (ir::Value& value : graph.values) {
    if (!value.is_constant() || value.dtype != DType::kF32 || value.shape.elems() < 2) continue;
    const auto buffer = ir::Buffer::Allocate(value.constant->size());
    for (size_t i = 0; i < value.shape.elems(); ++i) {
      reinterpret_cast<float*>(buffer->mutable_data())[i] = random.Uniform(-1, 1);
    }
    value.constant = buffer;
  }
}

inline std::vector<float> FloatsOf(const ir::Value& value) {
  const auto* data = reinterpret_cast<const float*>(value.constant->data());
  return {data, data + value.shape.elems()};
}

inline ir::ValueId ValueNamed(const ir::Graph& graph, const std::string& name) {
  for (ir::ValueId id = 0; id < graph.values.size(); ++id) {
    if (graph.values[id].name == name) return id;
  }
  ADD_FAILURE() << "no value " << name;
  return ir::kNoValue;
}

}  // namespace verge::prune::testing
