// Models with open sizes: what ForSizes makes, and what it refuses.
#include <gtest/gtest.h>

#include "format/model/model.h"
#include "format/model/test_model.h"

namespace verge::format {
namespace {

// y = reshape(x [n, 4] -> [2, 2n]), z = x + ones [n, 4].
struct OpenModel {
  std::vector<float> ones = std::vector<float>(2 * 4, 1.0F);
  ModelSpec spec;

  OpenModel() {
    const auto f32 = [](std::initializer_list<int64_t> dims) { return TensorType{DType::kF32, Shape(dims), {}}; };
    spec.values = {{"x", f32({2, 4}), {}},
                   {"y", f32({2, 4}), {}},
                   {"ones", f32({2, 4}), std::as_bytes(std::span(ones))},
                   {"z", f32({2, 4}), {}}};
    spec.nodes = {{ops::ids::kReshape, "reshape", TestModel::Attrs(ops::ids::kReshape, "{shape=[2, 4]}"), {0}, {1}},
                  {ops::ids::kAdd, "add", TestModel::Attrs(ops::ids::kAdd, ""), {0, 2}, {3}}};
    spec.inputs = {0};
    spec.outputs = {1, 3};
    Dynamics& d = spec.dynamics;
    d.symbols = {{"n", 2, 10, 2}};
    d.dims = {{0, 0, 0}};
    d.attrs = {{0, "shape", 1, {2, 0, 1, {{0, 0}}}}};
    d.constants = {{2, {{1, 0, 1, {{0, 0}}}, {4, 0, 1, {}}}, 1, 0}};
  }
  OpenModel(const OpenModel&) = delete;
  OpenModel& operator=(const OpenModel&) = delete;
};

struct Verified {
  AlignedBytes bytes;
  std::optional<VerifiedModel> model;
  Status status;
};

Verified VerifySpec(const ModelSpec& spec) {
  Verified out;
  Result<AlignedBytes> written = WriteModel(spec);
  EXPECT_TRUE(written.ok()) << written.status().ToString();
  out.bytes = std::move(written).value();
  Result<VerifiedModel> model = VerifiedModel::Verify(out.bytes.bytes(), nullptr);
  out.status = model.status();
  if (model.ok()) out.model = std::move(model).value();
  return out;
}

TEST(ForSizes, AttributesConstantsAndShapesFollow) {
  const OpenModel open;
  const Verified verified = VerifySpec(open.spec);
  ASSERT_TRUE(verified.model.has_value()) << verified.status.ToString();
  const std::vector<int64_t> six = {6};
  const auto resized = verified.model->ForSizes(six);
  ASSERT_TRUE(resized.ok()) << resized.status().ToString();
  EXPECT_EQ(resized->value(0).type.shape, (Shape{6, 4}));
  EXPECT_EQ(resized->value(1).type.shape, (Shape{2, 12}));
  EXPECT_EQ(resized->value(3).type.shape, (Shape{6, 4}));
  EXPECT_EQ(reinterpret_cast<const float*>(resized->value(2).constant)[23], 1.0F);
}

TEST(ForSizes, OnlyTheStatedSizesAreTaken) {
  const OpenModel open;
  const Verified verified = VerifySpec(open.spec);
  ASSERT_TRUE(verified.model.has_value());
  for (const int64_t size : {0, 1, 3, 12, -2}) {
    const std::vector<int64_t> sizes = {size};
    const auto refused = verified.model->ForSizes(sizes);
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument) << size;
    EXPECT_NE(refused.status().message().find("2 to 10 in steps of 2"), std::string_view::npos);
  }
  EXPECT_EQ(verified.model->ForSizes({}).code(), StatusCode::kInvalidArgument);
}

TEST(ForSizes, DescriptionsThatDoNotHoldAreRefused) {
  const auto code = [](auto change) {
    OpenModel open;
    change(open.spec.dynamics);
    return VerifySpec(open.spec).status.code();
  };
  EXPECT_EQ(code([](Dynamics&) {}), StatusCode::kOk);
  EXPECT_EQ(code([](Dynamics& d) { d.attrs[0].number.factor = 3; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.attrs[0].number.divisor = 0; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.attrs[0].name = "size"; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.attrs[0].index = 2; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.attrs[0].node = 7; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.attrs[0].number.dims[0].dim = 2; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.attrs[0].number.factor = INT64_MAX; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.dims[0].input = 1; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.dims[0].symbol = 1; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.symbols[0].step = 0; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.symbols[0].max = 1; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.constants[0].value = 3; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.constants[0].shape.pop_back(); }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.constants[0].shape[0].dims[0].value = 1; }), StatusCode::kDataLoss);
  EXPECT_EQ(code([](Dynamics& d) { d.constants.clear(); }), StatusCode::kOk);  // fits at the smallest sizes
  EXPECT_EQ(code([](Dynamics& d) { d.elements = {{2, 8, {}}}; }), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace verge::format
