// The C++ wrapper: ownership and spans over the same calls.
#include <gtest/gtest.h>

#include "verge/verge.hpp"

namespace {

TEST(Wrapper, LoadsAndRuns) {
  verge::api::Model model;
  ASSERT_EQ(model.LoadFile(VERGE_SOURCE_DIR "/fuzz/corpus/vg_fuzz/conv_relu_add.vg"), VERGE_OK) << verge_last_error();
  EXPECT_EQ(model.input_count(), 1U);
  EXPECT_EQ(model.output_count(), 2U);
  verge::api::Session session;
  ASSERT_EQ(session.Create(model), VERGE_OK) << verge_last_error();
  for (int i = 0; i < 60; ++i) session.input<float>(0)[i] = 0.0F;
  session.Run();
  EXPECT_FLOAT_EQ(session.output<float>(0)[0], 1.0F);  // relu of the bias
  EXPECT_FLOAT_EQ(session.output<float>(1)[0], 2.0F);
  EXPECT_EQ(session.output<float>(7), nullptr);
}

TEST(Wrapper, AFailedLoadLeavesItEmpty) {
  verge::api::Model model;
  EXPECT_EQ(model.LoadBytes("x", 1), VERGE_DATA_LOSS);
  EXPECT_EQ(model.get(), nullptr);
  EXPECT_EQ(model.input_count(), 0U);
}

}  // namespace
