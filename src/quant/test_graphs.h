// For tests: graphs from text, samples from numbers, and how near one graph's outputs are to another's.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ir/text.h"
#include "ir/verify.h"
#include "quant/quantize.h"
#include "quant/testing.h"

namespace verge::quant {

inline ir::Graph Read(const std::string& text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? std::move(graph).value() : ir::Graph();
}

// One sample of one step whose inputs are all these numbers, repeated to fill them.
inline TestSample SampleOf(const ir::Graph& graph, const std::vector<float>& numbers) {
  std::vector<ir::BufferPtr> step;
  for (const ir::ValueId id : graph.inputs) {
    std::vector<float> values(graph.value(id).shape.elems());
    for (size_t i = 0; i < values.size(); ++i) values[i] = numbers[i % numbers.size()];
    step.push_back(ir::Buffer::CopyOf(values.data(), values.size() * sizeof(float)));
  }
  return {step};
}

inline Quantized QuantizeOrFail(const ir::Graph& graph, Activations* activations, const QuantizeOptions& options = {}) {
  Result<Quantized> result = Quantize(graph, activations, options);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  if (!result.ok()) return {};
  const Status status = ir::Verify(result->graph);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return std::move(result).value();
}

// 10 log10(sum a^2 / sum (a - b)^2) over all f32 outputs and samples.
inline double SqnrOf(const ir::Graph& a, const ir::Graph& b, const std::vector<TestSample>& samples) {
  double signal = 0, noise = 0;
  for (const TestSample& sample : samples) {
    std::vector<ir::BufferPtr> states_a(a.states.size()), states_b(b.states.size());
    for (const std::vector<ir::BufferPtr>& step : sample) {
      const auto ya = ir::Evaluate(a, step, &states_a);
      const auto yb = ir::Evaluate(b, step, &states_b);
      EXPECT_TRUE(ya.ok() && yb.ok());
      if (!ya.ok() || !yb.ok()) return -std::numeric_limits<double>::infinity();
      for (size_t o = 0; o < ya->size(); ++o) {
        if (a.value(a.outputs[o]).dtype != DType::kF32) continue;
        const auto* p = reinterpret_cast<const float*>((*ya)[o]->data());
        const auto* q = reinterpret_cast<const float*>((*yb)[o]->data());
        for (size_t i = 0; i < (*ya)[o]->size() / sizeof(float); ++i) {
          signal += static_cast<double>(p[i]) * static_cast<double>(p[i]);
          noise += std::pow(static_cast<double>(p[i]) - static_cast<double>(q[i]), 2);
        }
      }
    }
  }
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

inline const LayerReport& ReportOf(const Quantized& result, const std::string& node) {
  for (const LayerReport& layer : result.layers) {
    if (layer.node == node) return layer;
  }
  ADD_FAILURE() << "no report of " << node;
  static const LayerReport kNone;
  return kNone;
}

}  // namespace verge::quant
