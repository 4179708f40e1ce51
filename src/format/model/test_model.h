// A small model for tests: y = relu(conv2d(x, w, b)), z = y + y, outputs y and z. Its constants live as long as it.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "format/model/writer.h"
#include "ops/attr_text.h"
#include "ops/op_ids.h"

namespace verge::format {

struct TestModel {
  std::vector<float> weights = std::vector<float>(4 * 3 * 3 * 2, 0.25F);
  std::vector<float> bias = {1, -1, 0.5F, 0};
  std::array<float, 1> scale = {0.5F};
  std::array<int32_t, 1> zero_point = {0};
  ModelSpec spec;

  TestModel() {
    const auto bytes_of = [](const std::vector<float>& v) { return std::as_bytes(std::span(v)); };
    const auto f32 = [](std::initializer_list<int64_t> dims) { return TensorType{DType::kF32, Shape(dims), {}}; };
    spec.name = "test";
    spec.values = {{"x", f32({1, 6, 5, 2}), {}},    {"w", f32({4, 3, 3, 2}), bytes_of(weights)},
                   {"b", f32({4}), bytes_of(bias)}, {"c", f32({1, 4, 3, 4}), {}},
                   {"y", f32({1, 4, 3, 4}), {}},    {"z", f32({1, 4, 3, 4}), {}}};
    const ops::OpAttrs conv = Attrs(ops::ids::kConv2d, "{activation=relu6}");
    spec.nodes = {{ops::ids::kConv2d, "conv", conv, {0, 1, 2}, {3}},
                  {ops::ids::kRelu, "relu", Attrs(ops::ids::kRelu, ""), {3}, {4}},
                  {ops::ids::kAdd, "add", Attrs(ops::ids::kAdd, ""), {4, 4}, {5}}};
    spec.inputs = {0};
    spec.outputs = {4, 5};
    spec.metadata = {{"author", "nobody"}, {"labels", "a\nb"}};
  }
  TestModel(const TestModel&) = delete;  // the specification borrows from the vectors
  TestModel& operator=(const TestModel&) = delete;

  static ops::OpAttrs Attrs(ops::OpId op, const char* text) { return *ops::ParseAttrs(ops::GetOp(op), text); }
};

}  // namespace verge::format
