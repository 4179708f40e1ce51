#include "ir/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/text.h"

namespace verge::ir {
namespace {

using testing::ElementsAre;

BufferPtr Floats(const std::vector<float>& values) {
  return Buffer::CopyOf(values.data(), values.size() * sizeof(float));
}

std::vector<float> Floats(const BufferPtr& buffer) {
  const auto* data = reinterpret_cast<const float*>(buffer->data());
  return {data, data + buffer->size() / sizeof(float)};
}

TEST(Evaluate, RunsNodesInOrderAndReturnsOutputs) {
  const Graph graph = Parse(
                          "input x: f32[2]\n"
                          "const c: f32[2] = [10, -10]\n"
                          "a = add(x, c)\n"
                          "b = relu(a)\n"
                          "output b\n"
                          "output a\n"
                          "output c\n")
                          .value();
  const std::vector<BufferPtr> inputs = {Floats({1, 2})};
  const Result<std::vector<BufferPtr>> outputs = Evaluate(graph, inputs);
  ASSERT_TRUE(outputs.ok()) << outputs.status().ToString();
  ASSERT_EQ(outputs->size(), 3u);
  EXPECT_THAT(Floats((*outputs)[0]), ElementsAre(11, 0));
  EXPECT_THAT(Floats((*outputs)[1]), ElementsAre(11, -8));
  EXPECT_THAT(Floats((*outputs)[2]), ElementsAre(10, -10));
}

TEST(Evaluate, RefusesBuffersOfTheWrongSize) {
  const Graph graph = Parse("input x: f32[2]\ny = relu(x)\noutput y\n").value();
  const std::vector<BufferPtr> inputs = {Floats({1, 2, 3})};
  EXPECT_FALSE(Evaluate(graph, inputs).ok());
  EXPECT_FALSE(Evaluate(graph, {}).ok());
}

}  // namespace
}  // namespace verge::ir
