#include "ops/attr_text.h"

#include <gtest/gtest.h>

#include "ops/conv2d/conv2d.h"
#include "ops/op_ids.h"

namespace verge::ops {
namespace {

TEST(AttrText, DefaultsPrintAsNothing) { EXPECT_EQ(PrintAttrs(kConv2dOp, DefaultAttrs(kConv2dOp)), ""); }

TEST(AttrText, RoundTripsWhatDiffersFromTheDefaults) {
  const std::string text = "{stride_h=2, pad_left=3, activation=relu6}";
  const Result<OpAttrs> attrs = ParseAttrs(kConv2dOp, text);
  ASSERT_TRUE(attrs.ok()) << attrs.status().ToString();
  EXPECT_EQ(attrs->As<Conv2dAttrs>().stride_h, 2);
  EXPECT_EQ(attrs->As<Conv2dAttrs>().stride_w, 1);
  EXPECT_EQ(attrs->As<Conv2dAttrs>().pad_left, 3);
  EXPECT_EQ(attrs->As<Conv2dAttrs>().activation, kActivationRelu6);
  EXPECT_EQ(PrintAttrs(kConv2dOp, *attrs), text);
}

TEST(AttrText, NamesTheMistake) {
  const auto error = [](const char* text) { return ParseAttrs(kConv2dOp, text).status().ToString(); };
  EXPECT_NE(error("{stride_h=0}").find("stride_h is '0', wants a whole number from 1"), std::string::npos);
  EXPECT_NE(error("{stride_h=2x}").find("stride_h is '2x'"), std::string::npos);
  EXPECT_NE(error("{activation=tanh}").find("none or relu or relu6"), std::string::npos);
  EXPECT_NE(error("{colour=1}").find("conv2d has no attribute colour; it has stride_h"), std::string::npos);
  EXPECT_NE(error("{stride_h=1, stride_h=1}").find("given twice"), std::string::npos);
  EXPECT_NE(error("{stride_h}").find("has no value"), std::string::npos);
  EXPECT_NE(error("stride_h=1").find("want {name=value"), std::string::npos);
}

// Every field of every op survives printing and parsing: a field left out of Visit, or read by another name, fails
// here.
class Bumper final : public AttrVisitor {
 public:
  void Int(const char* /*name*/, int64_t& value, int64_t /*min*/, int64_t max) override {
    value = value < max ? value + 1 : value - 1;
  }
  void Float(const char* /*name*/, float& value) override { value += 0.1f; }
  void Bool(const char* /*name*/, bool& value) override { value = !value; }
  void Enum(const char* /*name*/, int32_t& value, std::span<const char* const> names) override {
    value = (value + 1) % static_cast<int32_t>(names.size());
  }
  void Ints(const char* /*name*/, IntList& value) override {
    value.size = 2;
    value.values = {-7, 11};
  }
};

TEST(AttrText, EveryFieldOfEveryOpRoundTrips) {
  for (const OpDef& op : AllOps()) {
    OpAttrs attrs = DefaultAttrs(op);
    Bumper bumper;
    op.visit_attrs(attrs, bumper);
    const std::string text = PrintAttrs(op, attrs);
    const Result<OpAttrs> read = ParseAttrs(op, text);
    ASSERT_TRUE(read.ok()) << op.name << " " << text << ": " << read.status().ToString();
    EXPECT_EQ(PrintAttrs(op, *read), text) << op.name;
  }
}

}  // namespace
}  // namespace verge::ops
