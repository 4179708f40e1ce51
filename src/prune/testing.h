// For tests: graphs from text, with random constants and samples.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ir/evaluate.h"
#include "ir/text.h"
#include "quant/testing.h"

namespace verge::prune::testing {

using quant::EvaluatedActivations;
using quant::TestSample;

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

// Of one step each.
inline std::vector<TestSample> RandomSamples(const ir::Graph& graph, size_t count, uint32_t seed = 1) {
  Random random(seed);
  std::vector<TestSample> samples(count, TestSample(1));
  for (TestSample& sample : samples) {
    for (const ir::ValueId id : graph.inputs) {
      const size_t elems = graph.value(id).shape.elems();
      const auto buffer = ir::Buffer::Allocate(elems * sizeof(float));
      for (size_t i = 0; i < elems; ++i) {
        reinterpret_cast<float*>(buffer->mutable_data())[i] = random.Uniform(-1, 1);
      }
      sample[0].push_back(buffer);
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
