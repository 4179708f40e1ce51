// Operators that move elements, in small models, against values computed by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/tflite/run_operator.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::TensorType;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::vector<double> Count(int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(i);
  return values;
}

struct Masks {
  int32_t begin = 0, end = 0, ellipsis = 0, new_axis = 0, shrink = 0;
  bool offset = false;
};

// x of the shape, counted from 0, through one strided slice.
std::vector<double> Slice(const std::vector<int32_t>& shape, const std::vector<int32_t>& begin,
                          const std::vector<int32_t>& end, const std::vector<int32_t>& step,
                          const std::vector<int32_t>& out, const Masks& masks, std::string* error = nullptr) {
  RunOperator m;
  int n = 1;
  for (const int32_t d : shape) n *= d;
  const int32_t x = m.In(shape, Count(n));
  m.Out(out);
  const auto options = schema::CreateStridedSliceOptions(m.b.fbb(), masks.begin, masks.end, masks.ellipsis,
                                                         masks.new_axis, masks.shrink, masks.offset);
  const std::vector<double> y = m.Run(BuiltinOperator::STRIDED_SLICE, {x, m.Ints(begin), m.Ints(end), m.Ints(step)},
                                      BuiltinOptions::StridedSliceOptions, options.Union());
  if (error != nullptr) {
    *error = m.error;
  } else {
    EXPECT_EQ(m.error, "");
  }
  return y;
}

TEST(StridedSlice, CountsAsNumpyDoes) {
  EXPECT_THAT(Slice({6}, {1}, {5}, {2}, {2}, {}), ElementsAre(1, 3));
  EXPECT_THAT(Slice({6}, {-2}, {100}, {1}, {2}, {}), ElementsAre(4, 5));
  EXPECT_THAT(Slice({6}, {4}, {-100}, {-2}, {3}, {}), ElementsAre(4, 2, 0));
  EXPECT_THAT(Slice({2, 3}, {0, 1}, {2, 3}, {1, 1}, {2, 2}, {}), ElementsAre(1, 2, 4, 5));
}

TEST(StridedSlice, Masks) {
  EXPECT_THAT(Slice({6}, {3}, {2}, {1}, {6}, {.begin = 1, .end = 1}), ElementsAreArray(Count(6)));
  EXPECT_THAT(Slice({4}, {0}, {0}, {-1}, {4}, {.begin = 1, .end = 1}), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(Slice({2, 3}, {1, 0}, {2, 3}, {1, 1}, {3}, {.shrink = 1}), ElementsAre(3, 4, 5));
  EXPECT_THAT(Slice({2, 3}, {0, -1}, {2, 0}, {1, 1}, {2}, {.shrink = 2}), ElementsAre(2, 5));
  EXPECT_THAT(Slice({3}, {0, 1}, {0, 3}, {1, 1}, {1, 2}, {.new_axis = 1}), ElementsAre(1, 2));
  // x[..., 1] of [2, 2, 2]
  EXPECT_THAT(Slice({2, 2, 2}, {0, 1}, {0, 2}, {1, 1}, {2, 2}, {.ellipsis = 1, .shrink = 2}), ElementsAre(1, 3, 5, 7));
  // x[1, ..., 0:1]
  EXPECT_THAT(Slice({2, 2, 2}, {1, 0, 0}, {2, 0, 1}, {1, 1, 1}, {2, 1}, {.ellipsis = 2, .shrink = 1}),
              ElementsAre(4, 6));
  EXPECT_THAT(Slice({6}, {2}, {3}, {1}, {3}, {.offset = true}), ElementsAre(2, 3, 4));
}

TEST(StridedSlice, RefusesNonsense) {
  std::string error;
  Slice({6}, {0}, {6}, {0}, {6}, {}, &error);
  EXPECT_THAT(error, HasSubstr("has the stride 0"));
  Slice({6}, {7}, {8}, {1}, {1}, {.shrink = 1}, &error);
  EXPECT_THAT(error, HasSubstr("takes element 7 of 6"));
  Slice({6}, {0, 0}, {6}, {1}, {6}, {}, &error);
  EXPECT_THAT(error, HasSubstr("has 2 begins, 1 ends"));
  Slice({6}, {0, 0}, {6, 6}, {1, 1}, {6}, {}, &error);
  EXPECT_THAT(error, HasSubstr("has no dimension 1"));
}

TEST(ShapeConverters, SliceAndSplit) {
  RunOperator s;
  const int32_t x = s.In({2, 4}, Count(8));
  s.Out({2, 2});
  EXPECT_THAT(s.Run(BuiltinOperator::SLICE, {x, s.Ints({0, 2}), s.Ints({-1, 2})}), ElementsAre(2, 3, 6, 7));
  RunOperator p;
  const int32_t y = p.In({2, 4}, Count(8));
  p.Out({2, 2});
  p.Out({2, 2});
  p.Run(BuiltinOperator::SPLIT, {p.Int(1), y});
  EXPECT_EQ(p.error, "");
  EXPECT_THAT(p.outputs, ElementsAre(ElementsAre(0, 1, 4, 5), ElementsAre(2, 3, 6, 7)));
  RunOperator v;
  const int32_t z = v.In({4}, Count(4));
  v.Out({1});
  v.Out({3});
  v.Run(BuiltinOperator::SPLIT_V, {z, v.Ints({1, -1}), v.Int(0)});
  EXPECT_THAT(v.outputs, ElementsAre(ElementsAre(0), ElementsAre(1, 2, 3)));
  RunOperator bad;
  const int32_t w = bad.In({4}, Count(4));
  bad.Out({1});
  bad.Run(BuiltinOperator::SPLIT_V, {w, bad.Ints({5}), bad.Int(0)});
  EXPECT_THAT(bad.error, HasSubstr("splits 4 elements"));
}

TEST(ShapeConverters, PackAndUnpack) {
  RunOperator p;
  const int32_t a = p.In({2}, {1, 2});
  const int32_t b = p.In({2}, {3, 4});
  p.Out({2, 2});
  EXPECT_THAT(p.Run(BuiltinOperator::PACK, {a, b}, BuiltinOptions::PackOptions,
                    schema::CreatePackOptions(p.b.fbb(), 2, -1).Union()),
              ElementsAre(1, 3, 2, 4));
  RunOperator u;
  const int32_t x = u.In({2, 2}, {1, 2, 3, 4});
  u.Out({2});
  u.Out({2});
  u.Run(BuiltinOperator::UNPACK, {x}, BuiltinOptions::UnpackOptions,
        schema::CreateUnpackOptions(u.b.fbb(), 2, 1).Union());
  EXPECT_THAT(u.outputs, ElementsAre(ElementsAre(1, 3), ElementsAre(2, 4)));
}

TEST(ShapeConverters, ConstantsFromShapes) {
  RunOperator s;
  const int32_t x = s.In({2, 3}, Count(6));
  s.Out({2}, TensorType::INT32);
  EXPECT_THAT(s.Run(BuiltinOperator::SHAPE, {x}), ElementsAre(2, 3));
  RunOperator r;
  const int32_t y = r.In({2, 3}, Count(6));
  r.Out({}, TensorType::INT32);
  EXPECT_THAT(r.Run(BuiltinOperator::RANK, {y}), ElementsAre(2));
  RunOperator z;
  const int32_t w = z.In({3}, Count(3));
  z.Out({3});
  EXPECT_THAT(z.Run(BuiltinOperator::ZEROS_LIKE, {w}), ElementsAre(0, 0, 0));
  RunOperator range;
  range.Out({3}, TensorType::INT32);
  EXPECT_THAT(range.Run(BuiltinOperator::RANGE, {range.Int(1), range.Int(6), range.Int(2)}), ElementsAre(1, 3, 5));
  RunOperator fill;
  const int32_t value = fill.In({}, {7});
  fill.Out({2, 2});
  EXPECT_THAT(fill.Run(BuiltinOperator::FILL, {fill.Ints({2, 2}), value}), ElementsAre(7, 7, 7, 7));
  RunOperator args;
  args.Out({2}, TensorType::INT32);
  EXPECT_THAT(args.Run(BuiltinOperator::BROADCAST_ARGS, {args.Ints({3}), args.Ints({2, 1})}), ElementsAre(2, 3));
}

TEST(ShapeConverters, Repeats) {
  RunOperator t;
  const int32_t x = t.In({1, 2}, {1, 2});
  t.Out({2, 4});
  EXPECT_THAT(t.Run(BuiltinOperator::TILE, {x, t.Ints({2, 2})}), ElementsAre(1, 2, 1, 2, 1, 2, 1, 2));
  RunOperator b;
  const int32_t y = b.In({2, 1}, {1, 2});
  b.Out({2, 2});
  EXPECT_THAT(b.Run(BuiltinOperator::BROADCAST_TO, {y, b.Ints({2, 2})}), ElementsAre(1, 1, 2, 2));
}

TEST(ShapeConverters, Reversals) {
  RunOperator r;
  const int32_t x = r.In({2, 2}, Count(4));
  r.Out({2, 2});
  EXPECT_THAT(r.Run(BuiltinOperator::REVERSE_V2, {x, r.Ints({1, 0})}), ElementsAre(3, 2, 1, 0));
  RunOperator s;
  const int32_t y = s.In({2, 1, 3}, Count(6));
  s.Out({2, 1, 3});
  EXPECT_THAT(s.Run(BuiltinOperator::REVERSE_SEQUENCE, {y, s.Ints({3, 2})}, BuiltinOptions::ReverseSequenceOptions,
                    schema::CreateReverseSequenceOptions(s.b.fbb(), 2, 0).Union()),
              ElementsAre(2, 1, 0, 4, 3, 5));
}

TEST(ShapeConverters, Borders) {
  const auto mirror = [](schema::MirrorPadMode mode) {
    RunOperator m;
    const int32_t x = m.In({3}, {1, 2, 3});
    m.Out({6});
    const int32_t widths = m.b.AddConstant<int32_t>("widths", {1, 2}, TensorType::INT32, {2, 1});
    return m.Run(BuiltinOperator::MIRROR_PAD, {x, widths}, BuiltinOptions::MirrorPadOptions,
                 schema::CreateMirrorPadOptions(m.b.fbb(), mode).Union());
  };
  EXPECT_THAT(mirror(schema::MirrorPadMode::REFLECT), ElementsAre(3, 2, 1, 2, 3, 2));
  EXPECT_THAT(mirror(schema::MirrorPadMode::SYMMETRIC), ElementsAre(2, 1, 1, 2, 3, 3));
  RunOperator p;
  const int32_t x = p.In({2}, {1, 2}, TensorType::INT32);
  p.Out({4}, TensorType::INT32);
  const int32_t widths = p.b.AddConstant<int32_t>("widths", {1, 2}, TensorType::INT32, {1, 1});
  EXPECT_THAT(p.Run(BuiltinOperator::PADV2, {x, widths, p.Int(9)}), ElementsAre(9, 1, 2, 9));
}

TEST(ShapeConverters, QuantisedBordersAreTheZeroPoint) {
  RunOperator m;
  m.b.SetNext({.scales = {0.5f}, .zero_points = {-3}});
  const int32_t x = m.In({2}, {1, 2}, TensorType::INT8);
  m.b.SetNext({.scales = {0.5f}, .zero_points = {-3}});
  m.Out({3}, TensorType::INT8);
  const int32_t widths = m.b.AddConstant<int32_t>("widths", {1, 2}, TensorType::INT32, {0, 1});
  EXPECT_THAT(m.Run(BuiltinOperator::PAD, {x, widths}), ElementsAre(1, 2, -3));
  EXPECT_EQ(m.error, "");
}

TEST(ShapeConverters, RefusesToMoveBetweenScales) {
  RunOperator m;
  m.b.SetNext({.scales = {0.5f}, .zero_points = {0}});
  const int32_t x = m.In({2, 2}, Count(4), TensorType::INT8);
  m.b.SetNext({.scales = {0.25f}, .zero_points = {0}});
  m.Out({1, 2}, TensorType::INT8);
  m.Run(BuiltinOperator::SLICE, {x, m.Ints({0, 0}), m.Ints({1, 2})});
  EXPECT_THAT(m.error, HasSubstr("'in0' and 'out0' of different scales or zero points"));
}

TEST(ShapeConverters, BlocksAndSpace) {
  RunOperator s;
  const int32_t x = s.In({1, 2, 2, 1}, {1, 2, 3, 4});
  s.Out({4, 1, 1, 1});
  const int32_t none = s.b.AddConstant<int32_t>("none", {2, 2}, TensorType::INT32, {0, 0, 0, 0});
  EXPECT_THAT(s.Run(BuiltinOperator::SPACE_TO_BATCH_ND, {x, s.Ints({2, 2}), none}), ElementsAre(1, 2, 3, 4));
  RunOperator padded;
  const int32_t line = padded.In({1, 3, 1}, {1, 2, 3});
  padded.Out({2, 2, 1});
  const int32_t edges = padded.b.AddConstant<int32_t>("edges", {1, 2}, TensorType::INT32, {0, 1});
  EXPECT_THAT(padded.Run(BuiltinOperator::SPACE_TO_BATCH_ND, {line, padded.Ints({2}), edges}), ElementsAre(1, 3, 2, 0));
  RunOperator b;
  const int32_t y = b.In({4, 1, 1, 1}, {1, 2, 3, 4});
  b.Out({1, 2, 1, 1});
  const int32_t crops = b.b.AddConstant<int32_t>("crops", {2, 2}, TensorType::INT32, {0, 0, 1, 0});
  EXPECT_THAT(b.Run(BuiltinOperator::BATCH_TO_SPACE_ND, {y, b.Ints({2, 2}), crops}), ElementsAre(2, 4));
}

TEST(ShapeConverters, DepthAndSpace) {
  RunOperator d;
  const int32_t x = d.In({1, 1, 1, 4}, {1, 2, 3, 4});
  d.Out({1, 2, 2, 1});
  EXPECT_THAT(d.Run(BuiltinOperator::DEPTH_TO_SPACE, {x}, BuiltinOptions::DepthToSpaceOptions,
                    schema::CreateDepthToSpaceOptions(d.b.fbb(), 2).Union()),
              ElementsAre(1, 2, 3, 4));
  RunOperator s;
  const int32_t y = s.In({1, 2, 4, 1}, Count(8));
  s.Out({1, 1, 2, 4});
  EXPECT_THAT(s.Run(BuiltinOperator::SPACE_TO_DEPTH, {y}, BuiltinOptions::SpaceToDepthOptions,
                    schema::CreateSpaceToDepthOptions(s.b.fbb(), 2).Union()),
              ElementsAre(0, 1, 4, 5, 2, 3, 6, 7));
}

TEST(ShapeConverters, Dilate) {
  RunOperator m;
  const int32_t x = m.In({2, 2}, {1, 2, 3, 4});
  m.Out({2, 3});
  EXPECT_THAT(m.Run(BuiltinOperator::DILATE, {x, m.Ints({1, 2}), m.Floats({}, {9})}), ElementsAre(1, 9, 2, 3, 9, 4));
}

// SHAPE, STRIDED_SLICE and PACK give the target of a RESHAPE: all of it is known at import.
TEST(ShapeConverters, ShapeArithmeticIsFolded) {
  RunOperator m;
  const int32_t x = m.In({2, 3, 4}, Count(24));
  const int32_t shape = m.b.AddTensor("shape", {3}, TensorType::INT32);
  m.b.AddOperator(BuiltinOperator::SHAPE, {x}, {shape});
  const int32_t first = m.b.AddTensor("first", {}, TensorType::INT32);
  m.b.AddOperator(BuiltinOperator::STRIDED_SLICE, {shape, m.Ints({0}), m.Ints({1}), m.Ints({1})}, {first},
                  BuiltinOptions::StridedSliceOptions,
                  schema::CreateStridedSliceOptions(m.b.fbb(), 0, 0, 0, 0, 1).Union());
  const int32_t target = m.b.AddTensor("target", {2}, TensorType::INT32);
  m.b.AddOperator(BuiltinOperator::PACK, {first, m.Int(12)}, {target}, BuiltinOptions::PackOptions,
                  schema::CreatePackOptions(m.b.fbb(), 2, 0).Union());
  m.Out({2, 12});
  EXPECT_THAT(m.Run(BuiltinOperator::RESHAPE, {x, target}), ElementsAreArray(Count(24)));
  EXPECT_EQ(m.error, "");
}

}  // namespace
}  // namespace verge::tflite
