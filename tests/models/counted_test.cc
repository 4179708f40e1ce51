// Sizes that depend on data: outputs with margins, cut by what each run found.
#include <gtest/gtest.h>

#include "compile/compile.h"
#include "format/model/model.h"
#include "ir/text.h"
#include "runtime/session.h"

namespace verge {
namespace {

// Positions of the elements above 0, as columns, and as rows of position and position.
constexpr const char* kPositives = R"(graph "positives"
input x: f32[2, 3]
const zero: f32[1] = [0]
is_positive: bool[2, 3] = compare(x, zero) {kind=greater}
p: i64[2, 6], n: i64[1] = non_zero(is_positive) {has_count=true}
q: i64[6, 2] = transpose(p) {perm=[1, 0]}
flat: i64[12] = reshape(q) {shape=[12]}
output p
output flat
count 0 dim 1 = n
count 1 dim 0 = 2 * n
)";

constexpr const char* kBoxes = R"(graph "boxes"
input boxes: f32[1, 4, 4]
input scores: f32[1, 1, 4]
y: i64[4, 3], n: i64[1] = nms(boxes, scores) {max_per_class=9, iou_threshold=0.5, score_threshold=0.2, has_score_threshold=true, capacity=4}
output y
count 0 dim 0 = n
)";

std::unique_ptr<runtime::Session> Load(const std::string& text) {
  Result<ir::Graph> graph = ir::Parse(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  if (!graph.ok()) return nullptr;
  EXPECT_EQ(ir::Print(*ir::Parse(ir::Print(*graph))), ir::Print(*graph));
  Result<compile::Compiled> compiled = compile::Compile(std::move(graph).value());
  EXPECT_TRUE(compiled.ok()) << compiled.status().ToString();
  if (!compiled.ok()) return nullptr;
  const auto bytes = std::make_shared<format::AlignedBytes>(std::move(compiled->bytes));
  auto verified = format::VerifiedModel::Verify(bytes->bytes(), bytes);
  EXPECT_TRUE(verified.ok()) << verified.status().ToString();
  auto model = runtime::Model::Load(std::move(verified).value());
  EXPECT_TRUE(model.ok()) << model.status().ToString();
  auto session = runtime::Session::Create(*model);
  EXPECT_TRUE(session.ok()) << session.status().ToString();
  return std::make_unique<runtime::Session>(std::move(session).value());
}

std::vector<int64_t> Output(const runtime::Session& session, size_t i) {
  const auto* data = session.output(i).as<const int64_t>();
  return {data, data + session.OutputShape(i).elems()};
}

TEST(Counted, OutputsAreAsLongAsTheRunFound) {
  const auto session = Load(kPositives);
  ASSERT_NE(session, nullptr);
  const auto run = [&](std::initializer_list<float> x) {
    std::copy(x.begin(), x.end(), session->input(0).as<float>());
    session->Run();
  };
  run({0, 5, -1, 2, 0, 7});
  EXPECT_EQ(session->OutputShape(0), (Shape{2, 3}));
  EXPECT_EQ(Output(*session, 0), (std::vector<int64_t>{0, 1, 1, 1, 0, 2}));
  EXPECT_EQ(Output(*session, 1), (std::vector<int64_t>{0, 1, 1, 0, 1, 2}));
  run({-1, -1, -1, -1, -1, -1});
  EXPECT_EQ(session->OutputShape(0), (Shape{2, 0}));
  EXPECT_TRUE(Output(*session, 1).empty());
  run({1, 1, 1, 1, 1, 1});
  EXPECT_EQ(Output(*session, 0), (std::vector<int64_t>{0, 0, 0, 1, 1, 1, 0, 1, 2, 0, 1, 2}));
}

TEST(Counted, SuppressionOfBoxesThatTheModelComputes) {
  const auto session = Load(kBoxes);
  ASSERT_NE(session, nullptr);
  // Two that overlap, one apart, one below the threshold.
  const float boxes[] = {0, 0, 1, 1, 0, 0, 1, 0.9F, 2, 2, 3, 3, 5, 5, 6, 6};
  const float scores[] = {0.5F, 0.9F, 0.3F, 0.1F};
  std::copy(std::begin(boxes), std::end(boxes), session->input(0).as<float>());
  std::copy(std::begin(scores), std::end(scores), session->input(1).as<float>());
  session->Run();
  EXPECT_EQ(session->OutputShape(0), (Shape{2, 3}));
  EXPECT_EQ(Output(*session, 0), (std::vector<int64_t>{0, 0, 1, 0, 0, 2}));
}

TEST(Counted, AnOutputThatSomethingElseReadsIsRefused) {
  const auto refusal = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return std::string(ir::Parse(text).status().message());
  };
  EXPECT_NE(refusal(kBoxes, "output y", "output y\noutput y").find("not that output's alone"), std::string::npos);
  EXPECT_NE(refusal(kBoxes, "dim 0 = n", "dim 2 = n").find("no such dimension"), std::string::npos);
  EXPECT_NE(refusal(kBoxes, "dim 0 = n", "dim 0 = scores").find("no i64"), std::string::npos);
  EXPECT_NE(refusal(kBoxes, "count 0", "count 1").find("no such output"), std::string::npos);
  EXPECT_NE(refusal(kBoxes, "capacity=4", "capacity=3").find("capacity"), std::string::npos);
}

}  // namespace
}  // namespace verge
