// Operators that pick and place by index, in small models, against values computed by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/tflite/run_operator.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;
using schema::BuiltinOptions;
using schema::TensorType;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<double> Count(int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(i);
  return values;
}

std::vector<double> Gather(const std::vector<int32_t>& shape, const std::vector<int32_t>& at_shape,
                           const std::vector<double>& at, const std::vector<int32_t>& out, int axis, int batches) {
  RunOperator m;
  int n = 1;
  for (const int32_t d : shape) n *= d;
  const int32_t x = m.In(shape, Count(n));
  const int32_t indices = m.In(at_shape, at, TensorType::INT32);
  m.Out(out);
  const std::vector<double> y = m.Run(BuiltinOperator::GATHER, {x, indices}, BuiltinOptions::GatherOptions,
                                      schema::CreateGatherOptions(m.b.fbb(), axis, batches).Union());
  EXPECT_EQ(m.error, "");
  return y;
}

TEST(IndexingConverters, Gather) {
  EXPECT_THAT(Gather({3, 2}, {2}, {2, 0}, {2, 2}, 0, 0), ElementsAre(4, 5, 0, 1));
  EXPECT_THAT(Gather({2, 3}, {2}, {2, 0}, {2, 2}, 1, 0), ElementsAre(2, 0, 5, 3));
  // One list of indices a row.
  EXPECT_THAT(Gather({2, 3}, {2, 2}, {2, 0, 1, 1}, {2, 2}, 1, 1), ElementsAre(2, 0, 4, 4));
  // [batch, outer, axis, inner] = [2, 2, 2, 1], one index a batch.
  EXPECT_THAT(Gather({2, 2, 2, 1}, {2, 1}, {1, 0}, {2, 2, 1, 1}, 2, 1), ElementsAre(1, 3, 4, 6));
}

TEST(IndexingConverters, Tuples) {
  RunOperator g;
  const int32_t x = g.In({2, 2, 2}, Count(8));
  const int32_t at = g.In({2, 2}, {1, 0, 0, 1}, TensorType::INT32);
  g.Out({2, 2});
  EXPECT_THAT(g.Run(BuiltinOperator::GATHER_ND, {x, at}), ElementsAre(4, 5, 2, 3));
  RunOperator s;
  const int32_t rows = s.In({3, 1}, {2, 0, 2}, TensorType::INT32);
  const int32_t updates = s.In({3, 2}, {1, 2, 3, 4, 5, 6});
  s.Out({3, 2});
  EXPECT_THAT(s.Run(BuiltinOperator::SCATTER_ND, {rows, updates, s.Ints({3, 2})}), ElementsAre(3, 4, 0, 0, 6, 8));
  RunOperator e;
  const int32_t ids = e.In({2}, {1, 1}, TensorType::INT32);
  e.Out({2, 2});
  EXPECT_THAT(e.Run(BuiltinOperator::EMBEDDING_LOOKUP, {ids, e.Floats({2, 2}, {1, 2, 3, 4})}), ElementsAre(3, 4, 3, 4));
}

TEST(IndexingConverters, Segments) {
  RunOperator s;
  const int32_t data = s.In({3, 2}, Count(6));
  s.Out({2, 2});
  EXPECT_THAT(s.Run(BuiltinOperator::SEGMENT_SUM, {data, s.Ints({0, 0, 1})}), ElementsAre(2, 4, 4, 5));
  const auto unsorted = [](BuiltinOperator code) {
    RunOperator m;
    const int32_t x = m.In({4}, {2, 3, 5, 7});
    const int32_t ids = m.In({4}, {1, -1, 1, 0}, TensorType::INT32);
    m.Out({2});
    const std::vector<double> y = m.Run(code, {x, ids, m.Int(2)});
    EXPECT_EQ(m.error, "");
    return y;
  };
  EXPECT_THAT(unsorted(BuiltinOperator::UNSORTED_SEGMENT_SUM), ElementsAre(7, 7));
  EXPECT_THAT(unsorted(BuiltinOperator::UNSORTED_SEGMENT_PROD), ElementsAre(7, 10));
  EXPECT_THAT(unsorted(BuiltinOperator::UNSORTED_SEGMENT_MAX), ElementsAre(7, 5));
  EXPECT_THAT(unsorted(BuiltinOperator::UNSORTED_SEGMENT_MIN), ElementsAre(7, 2));
}

TEST(IndexingConverters, SparseToDense) {
  RunOperator m;
  const int32_t at = m.In({2, 2}, {0, 1, 1, 0}, TensorType::INT32);
  m.Out({2, 2});
  EXPECT_THAT(m.Run(BuiltinOperator::SPARSE_TO_DENSE, {at, m.Ints({2, 2}), m.Floats({2}, {5, 6}), m.Floats({}, {1})}),
              ElementsAre(1, 5, 6, 1));
  RunOperator one;
  const int32_t rows = one.In({2}, {0, 2}, TensorType::INT32);
  one.Out({3});
  EXPECT_THAT(
      one.Run(BuiltinOperator::SPARSE_TO_DENSE, {rows, one.Ints({3}), one.Floats({}, {8}), one.Floats({}, {0})}),
      ElementsAre(8, 0, 8));
}

TEST(IndexingConverters, Extremes) {
  RunOperator t;
  const int32_t x = t.In({2, 3}, {1, 3, 2, 6, 4, 5});
  t.Out({2, 2});
  t.Out({2, 2}, TensorType::INT32);
  t.Run(BuiltinOperator::TOPK_V2, {x, t.Int(2)});
  EXPECT_THAT(t.outputs, ElementsAre(ElementsAre(3, 2, 6, 5), ElementsAre(1, 2, 0, 2)));
  RunOperator a;
  const int32_t y = a.In({2, 3}, {1, 3, 2, 6, 4, 5});
  a.Out({2}, TensorType::INT64);
  EXPECT_THAT(a.Run(BuiltinOperator::ARG_MAX, {y, a.Int(-1)}), ElementsAre(1, 0));
  RunOperator b;
  const int32_t z = b.In({2, 3}, {1, 3, 2, 6, 4, 5});
  b.Out({3}, TensorType::INT32);
  EXPECT_THAT(b.Run(BuiltinOperator::ARG_MIN, {z, b.Int(0)}), ElementsAre(0, 0, 0));
}

TEST(IndexingConverters, OneHotMarksNothingOutside) {
  RunOperator m;
  const int32_t at = m.In({4}, {1, -1, 5, 0}, TensorType::INT32);
  m.Out({4, 3});
  EXPECT_THAT(m.Run(BuiltinOperator::ONE_HOT, {at, m.Int(3), m.Floats({}, {2}), m.Floats({}, {0})},
                    BuiltinOptions::OneHotOptions, schema::CreateOneHotOptions(m.b.fbb(), -1).Union()),
              ElementsAre(0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0));
}

TEST(IndexingConverters, Cumsum) {
  RunOperator m;
  const int32_t x = m.In({3}, {1, 2, 3});
  m.Out({3});
  EXPECT_THAT(m.Run(BuiltinOperator::CUMSUM, {x, m.Int(0)}, BuiltinOptions::CumsumOptions,
                    schema::CreateCumsumOptions(m.b.fbb(), true, true).Union()),
              ElementsAre(5, 3, 0));
}

TEST(IndexingConverters, Diagonals) {
  RunOperator d;
  const int32_t x = d.In({2}, {1, 2});
  d.Out({2, 2});
  EXPECT_THAT(d.Run(BuiltinOperator::MATRIX_DIAG, {x}), ElementsAre(1, 0, 0, 2));
  RunOperator wide;
  const int32_t y = wide.In({2, 3}, {9, 9, 9, 9, 9, 9});
  const int32_t diagonal = wide.In({2}, {1, 2});
  wide.Out({2, 3});
  EXPECT_THAT(wide.Run(BuiltinOperator::MATRIX_SET_DIAG, {y, diagonal}), ElementsAre(1, 9, 9, 9, 2, 9));
  RunOperator tall;
  const int32_t z = tall.In({3, 2}, {9, 9, 9, 9, 9, 9});
  const int32_t line = tall.In({2}, {1, 2});
  tall.Out({3, 2});
  EXPECT_THAT(tall.Run(BuiltinOperator::MATRIX_SET_DIAG, {z, line}), ElementsAre(1, 9, 9, 2, 9, 9));
}

TEST(IndexingConverters, WhatDependsOnValuesWantsConstants) {
  RunOperator w;
  w.Out({2, 1}, TensorType::INT64);
  const int32_t condition = w.b.AddConstant<uint8_t>("c", {3}, TensorType::BOOL, {1, 0, 1});
  EXPECT_THAT(w.Run(BuiltinOperator::WHERE, {condition}), ElementsAre(0, 2));
  RunOperator u;
  u.Out({3}, TensorType::INT32);
  u.Out({4}, TensorType::INT32);
  u.Run(BuiltinOperator::UNIQUE, {u.Ints({5, 3, 5, 9})});
  EXPECT_THAT(u.outputs, ElementsAre(ElementsAre(5, 3, 9), ElementsAre(0, 1, 0, 2)));
  RunOperator open;
  const int32_t c = open.In({3}, {1, 0, 1}, TensorType::BOOL);
  open.Out({2, 1}, TensorType::INT64);
  open.Run(BuiltinOperator::WHERE, {c});
  EXPECT_THAT(open.error, HasSubstr("the condition of WHERE"));
}

TEST(IndexingConverters, DynamicUpdateSliceMovesItsBoxInside) {
  const auto at = [](std::vector<double> start) {
    RunOperator m;
    const int32_t x = m.In({3, 2}, {0, 0, 0, 0, 0, 0});
    const int32_t update = m.In({2, 1}, {1, 2});
    const int32_t begin = m.In({2}, start, TensorType::INT32);
    m.Out({3, 2});
    const std::vector<double> y = m.Run(BuiltinOperator::DYNAMIC_UPDATE_SLICE, {x, update, begin});
    EXPECT_EQ(m.error, "");
    return y;
  };
  EXPECT_THAT(at({0, 1}), ElementsAre(0, 1, 0, 2, 0, 0));
  EXPECT_THAT(at({9, -4}), ElementsAre(0, 0, 1, 0, 2, 0));
}

TEST(IndexingConverters, Bitcast) {
  RunOperator m;
  const int32_t x = m.In({2}, {1, -2});
  m.Out({2}, TensorType::INT32);
  EXPECT_THAT(m.Run(BuiltinOperator::BITCAST, {x}), ElementsAre(0x3f800000, -0x40000000));
  RunOperator narrow;
  const int32_t y = narrow.In({1}, {0x01020304}, TensorType::INT32);
  narrow.Out({1, 4}, TensorType::UINT8);
  EXPECT_THAT(narrow.Run(BuiltinOperator::BITCAST, {y}), ElementsAre(4, 3, 2, 1));
}

std::vector<double> Nearest(int32_t in, int32_t out, bool align_corners, bool half_pixel) {
  RunOperator m;
  const int32_t x = m.In({1, 1, in, 1}, Count(in));
  m.Out({1, 1, out, 1});
  const std::vector<double> y = m.Run(
      BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, {x, m.Ints({1, out})}, BuiltinOptions::ResizeNearestNeighborOptions,
      schema::CreateResizeNearestNeighborOptions(m.b.fbb(), align_corners, half_pixel).Union());
  EXPECT_EQ(m.error, "");
  return y;
}

TEST(IndexingConverters, ResizeNearest) {
  EXPECT_THAT(Nearest(2, 4, false, false), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(Nearest(4, 3, false, false), ElementsAre(0, 1, 2));
  EXPECT_THAT(Nearest(4, 3, false, true), ElementsAre(0, 2, 3));
  EXPECT_THAT(Nearest(3, 4, true, false), ElementsAre(0, 1, 1, 2));
}

}  // namespace
}  // namespace verge::tflite
