#include "optimizer/mixed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace verge::optimizer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<LayerSensitivity> Layers(const std::vector<std::string>& names) {
  std::vector<LayerSensitivity> layers;
  for (size_t i = 0; i < names.size(); ++i) layers.push_back({names[i], static_cast<double>(i)});
  return layers;
}

// A budget that holds exactly when these layers are finer.
std::function<Result<bool>(const std::vector<std::string>&)> Needs(const std::set<std::string>& needed, size_t& calls) {
  return [&calls, needed](const std::vector<std::string>& finer) -> Result<bool> {
    ++calls;
    return std::ranges::all_of(needed, [&](const std::string& name) { return std::ranges::count(finer, name) == 1; });
  };
}

TEST(FindFiner, NothingWhenIntegersFit) {
  size_t calls = 0;
  EXPECT_THAT(*FindFiner(Layers({"a", "b", "c"}), Needs({}, calls)), IsEmpty());
  EXPECT_EQ(calls, 1U);
}

TEST(FindFiner, OnlyTheLayersThatAreNeeded) {
  size_t calls = 0;
  EXPECT_THAT(*FindFiner(Layers({"a", "b", "c", "d", "e", "f", "g", "h"}), Needs({"b", "e"}, calls)),
              ElementsAre("b", "e"));
  EXPECT_LE(calls, 10U);
}

TEST(FindFiner, AllOfThemWhenNothingLessIsEnough) {
  size_t calls = 0;
  EXPECT_THAT(*FindFiner(Layers({"a", "b"}), Needs({"a", "b"}, calls)), ElementsAre("a", "b"));
}

TEST(FindFiner, ErrorsEndTheSearch) {
  const auto found = FindFiner(Layers({"a"}), [](const std::vector<std::string>&) -> Result<bool> {
    return VERGE_ERROR(kCancelled, "stopped");
  });
  EXPECT_EQ(found.code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace verge::optimizer
