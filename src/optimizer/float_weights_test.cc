#include "optimizer/float_weights.h"

#include <gtest/gtest.h>

#include "ir/text.h"
#include "ir/verify.h"

namespace verge::optimizer {
namespace {

TEST(UseFloatWeights, MultipliesByTheScaleOfTheChannel) {
  ir::Graph graph = *ir::Parse(
      "input x: f32[1, 2]\n"
      "const w: f32[2, 2] = fill(1)\n"
      "y = fully_connected(x, w, _)\n"
      "output y\n");
  const int8_t numbers[] = {1, -2, 3, 127};
  const ir::ValueId weights = graph.AddConstant("w8", DType::kI8, {2, 2}, numbers);
  graph.values[weights].quant = {{0.5f, 0.25f}, {0, 0}, 0};
  graph.nodes[0].inputs[1] = weights;
  ASSERT_EQ(UseFloatWeights(graph), 1U);
  const ir::Value& made = graph.value(graph.nodes[0].inputs[1]);
  ASSERT_EQ(made.dtype, DType::kF32);
  const auto* const got = reinterpret_cast<const float*>(made.constant->data());
  EXPECT_EQ(std::vector<float>(got, got + 4), (std::vector<float>{0.5f, -1.0f, 0.75f, 31.75f}));
  EXPECT_TRUE(ir::Verify(graph).ok());
  EXPECT_EQ(UseFloatWeights(graph), 0U);
}

}  // namespace
}  // namespace verge::optimizer
