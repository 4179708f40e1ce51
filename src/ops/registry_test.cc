#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ops/op_def.h"
#include "ops/op_ids.h"

namespace verge::ops {
namespace {

TEST(Registry, FindsEveryOpByItsOwnName) {
  ASSERT_FALSE(AllOps().empty());
  std::set<std::string> names;
  for (size_t i = 0; i < AllOps().size(); ++i) {
    const OpDef& op = AllOps()[i];
    EXPECT_TRUE(names.insert(op.name).second) << op.name << " is listed twice";
    const Result<OpId> id = FindOp(op.name);
    ASSERT_TRUE(id.ok()) << op.name;
    EXPECT_EQ(*id, i);
    EXPECT_STREQ(GetOp(*id).name, op.name);
    EXPECT_GT(std::string(op.summary).size(), 10u) << op.name;
  }
}

TEST(Registry, IdsNameTheSameOpsAsTheTable) {
  EXPECT_STREQ(GetOp(ids::kConv2d).name, "conv2d");
#define VERGE_OP(folder, Name) EXPECT_STREQ(GetOp(ids::k##Name).name, #folder);
#include "ops/ops.def"
#undef VERGE_OP
}

TEST(Registry, UnknownNameIsAnErrorThatNamesIt) {
  const Result<OpId> id = FindOp("warp_drive");
  ASSERT_FALSE(id.ok());
  EXPECT_EQ(id.code(), StatusCode::kNotFound);
  EXPECT_NE(id.status().ToString().find("warp_drive"), std::string::npos);
}

}  // namespace
}  // namespace verge::ops
