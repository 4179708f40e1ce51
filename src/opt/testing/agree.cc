#include "opt/testing/agree.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <span>

namespace verge::opt::testing {
namespace {

std::span<const float> Floats(const ir::BufferPtr& buffer) {
  return {reinterpret_cast<const float*>(buffer->data()), buffer->size() / sizeof(float)};
}

bool IsFinite(std::span<const float> numbers) {
  return std::ranges::all_of(numbers, [](float v) { return std::isfinite(v) && std::abs(v) < 1e12f; });
}

std::string CompareFloats(std::span<const float> want, std::span<const float> got, float tolerance) {
  float largest = 1;
  for (const float v : want) largest = std::max(largest, std::abs(v));
  for (size_t i = 0; i < want.size(); ++i) {
    if (std::abs(want[i] - got[i]) <= tolerance * largest) continue;  // a NaN fails here
    return "element " + std::to_string(i) + " is " + std::to_string(got[i]) + ", wants " + std::to_string(want[i]) +
           " (largest " + std::to_string(largest) + ")";
  }
  return "";
}

std::string CompareOutput(const ir::Value& a, const ir::Value& b, const ir::BufferPtr& want, const ir::BufferPtr& got,
                          float tolerance) {
  if (a.name != b.name) return "is named '" + b.name + "'";
  if (a.dtype != b.dtype || !(a.shape == b.shape) || want->size() != got->size()) return "has another type";
  if (a.dtype != DType::kF32) {
    return std::memcmp(want->data(), got->data(), want->size()) == 0 ? "" : "has other integers";
  }
  return IsFinite(Floats(want)) ? CompareFloats(Floats(want), Floats(got), tolerance) : "";
}

}  // namespace

std::vector<ir::BufferPtr> RandomInputs(const ir::Graph& graph, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<ir::BufferPtr> inputs;
  for (const ir::ValueId id : graph.inputs) {
    const ir::Value& value = graph.value(id);
    const size_t elems = value.shape.elems();
    const auto buffer = ir::Buffer::Allocate(elems * DTypeBytes(value.dtype));
    for (size_t i = 0; i < elems && value.dtype == DType::kF32; ++i) {
      // Not uniform_real_distribution: every standard library draws its own numbers.
      reinterpret_cast<float*>(buffer->mutable_data())[i] = static_cast<float>(random() % 4096) / 1024.0f - 2.0f;
    }
    for (size_t i = 0; i < buffer->size() && value.dtype != DType::kF32; ++i) {
      buffer->mutable_data()[i] = static_cast<std::byte>(random() & (value.dtype == DType::kBool ? 1 : 255));
    }
    inputs.push_back(buffer);
  }
  return inputs;
}

std::string Disagreement(const ir::Graph& before, const ir::Graph& after, uint32_t seed, float tolerance) {
  if (before.inputs.size() != after.inputs.size() || before.outputs.size() != after.outputs.size() ||
      before.states.size() != after.states.size()) {
    return "the graphs have other inputs, outputs or states";
  }
  std::vector<ir::BufferPtr> states(before.states.size());
  std::vector<ir::BufferPtr> other_states(before.states.size());
  for (uint32_t run = 0; run < 2; ++run) {
    const std::vector<ir::BufferPtr> inputs = RandomInputs(before, seed + run);
    const auto want = ir::Evaluate(before, inputs, &states);
    const auto got = ir::Evaluate(after, inputs, &other_states);
    if (!want.ok()) return "before: " + want.status().ToString();
    if (!got.ok()) return "after: " + got.status().ToString();
    for (size_t i = 0; i < want->size(); ++i) {
      const ir::Value& a = before.value(before.outputs[i]);
      const std::string problem = CompareOutput(a, after.value(after.outputs[i]), (*want)[i], (*got)[i], tolerance);
      if (!problem.empty()) return "run " + std::to_string(run) + ", output '" + a.name + "' " + problem;
    }
  }
  return "";
}

}  // namespace verge::opt::testing
