#include "base/status.h"

#include <gtest/gtest.h>

namespace verge {
namespace {

Status Fail() { return VERGE_ERROR(kDataLoss, "truncated"); }
Result<int> Half(int x) {
  if (x % 2 != 0) return VERGE_ERROR(kInvalidArgument, std::string("odd: ") + std::to_string(x));
  return x / 2;
}
Result<int> Quarter(int x) {
  VERGE_TRY_ASSIGN(const int half, Half(x));
  return Half(half);
}
Status Wrap() {
  VERGE_TRY(Fail());
  return Status::Ok();
}

TEST(Status, OkByDefault) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().ToString(), "ok");
}

TEST(Status, CarriesCodeMessageAndPlace) {
  const Status s = Fail();
  EXPECT_EQ(s.code(), StatusCode::kDataLoss);
  EXPECT_EQ(s.ToString(), "data loss: truncated");
  EXPECT_NE(std::string_view(s.file()).find("status_test.cc"), std::string_view::npos);
  EXPECT_GT(s.line(), 0);
}

TEST(Status, ContextIsPrepended) {
  EXPECT_EQ(Fail().WithContext("model.vg").WithContext("obstacle").message(), "obstacle: model.vg: truncated");
  EXPECT_TRUE(Status().WithContext("x").ok());
}

TEST(Status, CopyIsDeep) {
  Status a = Fail().WithContext("a");
  Status b = a;
  a = Status();
  EXPECT_EQ(b.message(), "a: truncated");
}

TEST(Status, TryReturnsEarly) { EXPECT_EQ(Wrap().code(), StatusCode::kDataLoss); }

TEST(Result, ValueOrStatus) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd: 3");
}

}  // namespace
}  // namespace verge
