#include "compare/match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/layout.h"

namespace verge::compare {
namespace {

using testing::ElementsAre;

Layer MakeLayer(const char* name, const char* function, const Shape& shape) {
  Layer layer;
  layer.name = name;
  layer.op = function;
  layer.function = function;
  layer.numbers.shape = shape;
  return layer;
}

// "ab" for a pair by name, "a~b" for one by order.
std::vector<std::string> Matched(const std::vector<Layer>& a, const std::vector<Layer>& b) {
  std::vector<std::string> out;
  for (const Pair& pair : Match(a, b)) out.push_back(a[pair.a].name + (pair.is_by_name ? "=" : "~") + b[pair.b].name);
  return out;
}

TEST(Match, FindsNamesThatBothHave) {
  const std::vector<Layer> a = {MakeLayer("c", "conv", {1, 4}), MakeLayer("r", "relu", {1, 4}),
                                MakeLayer("f", "matmul", {1, 2})};
  const std::vector<Layer> b = {MakeLayer("r", "relu", {1, 4}), MakeLayer("f", "matmul", {1, 2})};
  EXPECT_THAT(Matched(a, b), ElementsAre("r=r", "f=f"));
  EXPECT_THAT(Matched(b, a), ElementsAre("r=r", "f=f"));
}

TEST(Match, NameAloneIsNotEnough) {
  EXPECT_THAT(Matched({MakeLayer("c", "conv", {1, 4})}, {MakeLayer("c", "conv", {1, 5})}), ElementsAre());
}

TEST(Match, KnowsTheNamesThatPassesMake) {
  EXPECT_THAT(Matched({MakeLayer("c", "conv", {1, 3, 5, 7})}, {MakeLayer("c.moved", "conv", {1, 5, 7, 3})}),
              ElementsAre("c=c.moved"));
}

TEST(Match, RenamedLayersAreFoundByOrderAndFunction) {
  const std::vector<Layer> plain = {MakeLayer("conv1", "conv", {1, 8}), MakeLayer("relu1", "relu", {1, 8}),
                                    MakeLayer("conv2", "conv", {1, 8}), MakeLayer("relu2", "relu", {1, 8}),
                                    MakeLayer("out", "softmax", {1, 3})};
  const std::vector<Layer> fused = {MakeLayer("x", "relu", {1, 8}), MakeLayer("y", "relu", {1, 8}),
                                    MakeLayer("z", "softmax", {1, 3})};
  EXPECT_THAT(Matched(plain, fused), ElementsAre("relu1~x", "relu2~y", "out~z"));
}

TEST(Match, FlagsAreNoNumbers) {
  Layer flags = MakeLayer("is_large", "greater", {1, 4});
  flags.numbers.dtype = DType::kBool;
  EXPECT_THAT(Matched({flags}, {MakeLayer("x", "cast", {1, 4})}), ElementsAre());
}

TEST(Match, PairsNeverCross) {
  const std::vector<Layer> a = {MakeLayer("p", "add", {4}), MakeLayer("q", "add", {4}), MakeLayer("r", "add", {4})};
  const std::vector<Layer> b = {MakeLayer("r", "add", {4}), MakeLayer("p", "add", {4}), MakeLayer("q", "add", {4})};
  const std::vector<Pair> pairs = Match(a, b);
  ASSERT_GE(pairs.size(), 2u);
  for (size_t i = 1; i < pairs.size(); ++i) {
    EXPECT_GT(pairs[i].a, pairs[i - 1].a);
    EXPECT_GT(pairs[i].b, pairs[i - 1].b);
  }
  EXPECT_THAT(Matched(a, b), ElementsAre("p=p", "q=q"));
}

TEST(Layout, ChannelsFirstAndLastCorrespond) {
  EXPECT_THAT(PossibleLayouts({1, 3, 4, 5}, {1, 4, 5, 3}), ElementsAre(Layout::kChannelsFirst));
  EXPECT_THAT(PossibleLayouts({1, 4, 5, 3}, {1, 3, 4, 5}), ElementsAre(Layout::kChannelsLast));
  EXPECT_THAT(PossibleLayouts({1, 8, 1, 1}, {1, 8}), ElementsAre(Layout::kSame));
  EXPECT_THAT(PossibleLayouts({2, 3}, {3, 2}), ElementsAre());
  EXPECT_EQ(PossibleLayouts({1, 4, 4, 4}, {1, 4, 4, 4}).size(), 3u);
  // [1, 2, 2] of two channels: (c0: 1 2) (c1: 3 4), channels last 1 3 2 4.
  EXPECT_THAT(InOrderOf(Layout::kChannelsFirst, {1, 2, 2}, {1, 3, 2, 4}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(InOrderOf(Layout::kChannelsLast, {1, 2, 2}, {1, 2, 3, 4}), ElementsAre(1, 3, 2, 4));
}

}  // namespace
}  // namespace verge::compare
