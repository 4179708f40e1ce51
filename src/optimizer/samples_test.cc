#include "optimizer/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "ir/text.h"
#include "media/npy.h"
#include "optimizer/run_samples.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::optimizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ir::Graph Doubled() {
  return *ir::Parse(
      "input x: f32[1, 2]\n"
      "twice = add(x, x)\n"
      "y = relu(twice)\n"
      "output y\n");
}

void WriteArray(const std::string& path, const Shape& shape, const std::vector<float>& values) {
  auto array = media::Array::Allocate(DType::kF32, shape);
  ASSERT_TRUE(array.ok());
  ASSERT_EQ(array->bytes().size(), values.size() * sizeof(float));
  std::memcpy(array->bytes().data(), values.data(), array->bytes().size());
  const auto bytes = media::WriteNpy(array->tensor());
  ASSERT_TRUE(bytes.ok());
  ASSERT_TRUE(sys::WriteFileAtomic(path, {reinterpret_cast<const char*>(bytes->data()), bytes->size()}).ok());
}

float FirstOf(const Sample& sample) { return *reinterpret_cast<const float*>(sample.steps.at(0).at(0).bytes().data()); }

class SamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = sys::TempDir::Create();
    ASSERT_TRUE(folder.ok());
    folder_ = std::make_unique<sys::TempDir>(*std::move(folder));
  }
  std::string Path(const std::string& name) const { return sys::JoinPath(folder_->path(), name); }
  std::unique_ptr<sys::TempDir> folder_;
};

TEST_F(SamplesTest, ArraysOfOneShapeOrWithADimensionThatCounts) {
  WriteArray(Path("a.npy"), {1, 2}, {1, 2});
  WriteArray(Path("b.npy"), {2, 2}, {3, 4, 5, 6});
  WriteArray(Path("c.npy"), {2, 1, 2}, {7, 8, 9, 10});
  const auto samples = SamplesOfPath(folder_->path(), Doubled(), 0);
  ASSERT_TRUE(samples.ok()) << samples.status().ToString();
  std::vector<float> firsts;
  for (const Sample& sample : *samples) firsts.push_back(FirstOf(sample));
  EXPECT_THAT(firsts, ElementsAre(1, 3, 5, 7, 9));
  EXPECT_EQ(SamplesOfPath(folder_->path(), Doubled(), 3)->size(), 3U);
}

TEST_F(SamplesTest, WrongShapesAndEmptyFoldersAreNamed) {
  const auto none = SamplesOfPath(folder_->path(), Doubled(), 0);
  EXPECT_EQ(none.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("docs/guide/eval.md"));
  WriteArray(Path("a.npy"), {3, 5}, std::vector<float>(15));
  const auto wrong = SamplesOfPath(Path("a.npy"), Doubled(), 0);
  EXPECT_EQ(wrong.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("[3, 5]"));
}

TEST_F(SamplesTest, RunnerShowsWatchedValuesInTheOrderOfSamplesAndNodes) {
  WriteArray(Path("a.npy"), {5, 2}, {-1, 0, -2, 0, -3, 0, 4, 0, 5, 0});
  const ir::Graph graph = Doubled();
  const auto samples = SamplesOfPath(Path("a.npy"), graph, 0);
  ASSERT_TRUE(samples.ok());
  for (const int threads : {1, 3}) {
    const auto runner = SampleRunner::Create(*samples, threads);
    ASSERT_TRUE(runner.ok());
    std::vector<float> seen;
    std::vector<size_t> order;
    const std::vector<ir::ValueId> watched = {graph.outputs[0], graph.inputs[0], graph.nodes[0].outputs[0]};
    const Status status = (*runner)->Run(graph, watched, 1, 3, [&](size_t sample, ir::ValueId, const Tensor& t) {
      order.push_back(sample);
      seen.push_back(t.as<const float>()[0]);
      return Status::Ok();
    });
    ASSERT_TRUE(status.ok()) << status.ToString();
    EXPECT_THAT(order, ElementsAre(1, 1, 1, 2, 2, 2, 3, 3, 3));
    EXPECT_THAT(seen, ElementsAre(-2, -4, 0, -3, -6, 0, 4, 8, 8)) << threads << " threads";
  }
}

TEST_F(SamplesTest, StopsWhenTheCallerSaysSo) {
  WriteArray(Path("a.npy"), {5, 2}, std::vector<float>(10));
  const ir::Graph graph = Doubled();
  const auto samples = SamplesOfPath(Path("a.npy"), graph, 0);
  ASSERT_TRUE(samples.ok());
  const auto runner = SampleRunner::Create(*samples, 2);
  ASSERT_TRUE(runner.ok());
  size_t calls = 0;
  const Status status = (*runner)->Run(graph, graph.outputs, 0, 5, [&](size_t, ir::ValueId, const Tensor&) {
    ++calls;
    return VERGE_ERROR(kCancelled, "enough");
  });
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(calls, 1U);
  EXPECT_EQ((*runner)->Run(graph, graph.outputs, 3, 3, nullptr).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::optimizer
