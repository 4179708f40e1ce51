// Chains in bands of rows give the bits of a run node by node.
#include "runtime/bands.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <optional>
#include <random>

#include "base/counting_new.h"
#include "format/model/writer.h"
#include "kernels/cpu.h"
#include "ops/attr_text.h"
#include "ops/op_ids.h"
#include "runtime/session.h"

namespace verge::runtime {
namespace {

using format::AlignedBytes;

class Pool final : public Parallel {
 public:
  explicit Pool(int threads) : threads_(threads) {}
  int threads() const override { return threads_; }
  void Run(int count, Task task, void* context) override {
    for (int i = count; i-- > 0;) task(context, i);
  }

 private:
  int threads_;
};

// A chain of f32 nodes that grows at its end.
class Chain {
 public:
  explicit Chain(const Shape& input) {
    spec_.name = "chain";
    spec_.inputs = {Add(input)};
    now_ = 0;
  }

  uint32_t now() const { return now_; }
  const Shape& shape() const { return spec_.values[now_].type.shape; }

  void Conv(int64_t channels, int64_t size, const std::string& attrs, int64_t stride = 1, int64_t pad = 0) {
    const Shape x = shape();
    const uint32_t w = Constant({channels, size, size, x[3]}), b = Constant({channels});
    AddNode(ops::ids::kConv2d, WindowText(attrs, stride, pad), {now_, w, b}, Out(x, channels, size, stride, pad));
  }
  void Depthwise(int64_t size, const std::string& attrs, int64_t stride, int64_t pad, int64_t dilation = 1) {
    const Shape x = shape();
    const uint32_t w = Constant({1, size, size, x[3]}), b = Constant({x[3]});
    const std::string dilated = ", dilation_h=" + std::to_string(dilation) + ", dilation_w=" + std::to_string(dilation);
    AddNode(ops::ids::kDepthwiseConv2d, WindowText(attrs + dilated, stride, pad), {now_, w, b},
            Out(x, x[3], (size - 1) * dilation + 1, stride, pad));
  }
  void MaxPool(int64_t size, int64_t stride, int64_t pad) {
    const std::string filter = "filter_h=" + std::to_string(size) + ", filter_w=" + std::to_string(size);
    AddNode(ops::ids::kMaxPool2d, WindowText(filter, stride, pad), {now_}, Out(shape(), shape()[3], size, stride, pad));
  }
  void Unary(const std::string& kind) { AddNode(ops::ids::kUnary, "{kind=" + kind + "}", {now_}, shape()); }
  void MulChannels() {
    const uint32_t scale = Constant({shape()[3]});
    AddNode(ops::ids::kMul, "", {now_, scale}, shape());
  }
  void AddValue(uint32_t other) { AddNode(ops::ids::kAdd, "", {now_, other}, shape()); }

  std::shared_ptr<const Model> Load(const LoadOptions& options) {
    spec_.outputs = {now_};
    Result<AlignedBytes> written = format::WriteModel(spec_);
    EXPECT_TRUE(written.ok()) << written.status().ToString();
    const auto bytes = std::make_shared<AlignedBytes>(std::move(written).value());
    Result<std::shared_ptr<const Model>> model =
        Model::Load(*format::VerifiedModel::Verify(bytes->bytes(), bytes), options);
    EXPECT_TRUE(model.ok()) << model.status().ToString();
    return *model;
  }

 private:
  static std::string WindowText(const std::string& attrs, int64_t stride, int64_t pad) {
    const std::string s = std::to_string(stride), p = std::to_string(pad);
    return "{" + attrs + ", stride_h=" + s + ", stride_w=" + s + ", pad_top=" + p + ", pad_bottom=" + p +
           ", pad_left=" + p + ", pad_right=" + p + "}";
  }
  static Shape Out(const Shape& x, int64_t channels, int64_t reach, int64_t stride, int64_t pad) {
    return {1, (x[1] + 2 * pad - reach) / stride + 1, (x[2] + 2 * pad - reach) / stride + 1, channels};
  }
  uint32_t Add(const Shape& shape, std::optional<std::span<const std::byte>> constant = {}) {
    spec_.values.push_back({"v" + std::to_string(spec_.values.size()), {DType::kF32, shape, {}}, constant});
    return static_cast<uint32_t>(spec_.values.size() - 1);
  }
  uint32_t Constant(const Shape& shape) {
    std::uniform_real_distribution<float> any(-0.5F, 0.5F);
    std::vector<float>& values = constants_.emplace_back(shape.elems());
    for (float& v : values) v = any(random_);
    return Add(shape, std::as_bytes(std::span(values)));
  }
  void AddNode(ops::OpId op, const std::string& attrs, std::vector<uint32_t> inputs, const Shape& shape) {
    now_ = Add(shape);

    spec_.nodes.push_back({op,
                           "n" + std::to_string(spec_.nodes.size()),
                           *ops::ParseAttrs(ops::GetOp(op), attrs),
                           std::move(inputs),
                           {now_}});
  }

  std::mt19937 random_{7};

  std::deque<std::vector<float>> constants_;
  format::ModelSpec spec_;
  uint32_t now_ = 0;
};

std::vector<float> RunOnce(const std::shared_ptr<const Model>& model, Parallel* pool) {
  Result<Session> session = Session::Create(model, pool);
  EXPECT_TRUE(session.ok());
  const Tensor& x = session->input(0);
  for (size_t i = 0; i < x.shape().elems(); ++i) x.as<float>()[i] = static_cast<float>(i * 37 % 101) * 0.02F - 1.0F;
  session->Run();
  const uint64_t before = AllocationCount();
  session->Run();
  EXPECT_EQ(AllocationCount(), before);
  const Tensor& y = session->output(0);
  return {y.as<float>(), y.as<float>() + y.shape().elems()};
}

// This CPU, with a second-level cache of so many KiB.
CpuFeatures CpuWithCache(size_t kib) {
  CpuFeatures cpu = kernels::Cpu();
  cpu.l2_bytes = kib << 10;
  return cpu;
}

// `nodes`: how many nodes the groups hold together, at least.
void ExpectSameBits(Chain& chain, size_t nodes) {
  const CpuFeatures small = CpuWithCache(64);
  const std::vector<float> want = RunOnce(chain.Load({.keep_values = true}), nullptr);
  for (const int threads : {1, 2, 3}) {
    const auto model = chain.Load({.threads = threads, .cpu = &small});
    size_t banded = 0;
    for (const BandGroup& group : model->graph().bands) banded += group.nodes.size();
    EXPECT_GE(banded, nodes) << threads << " threads";
    Pool pool(threads);
    const std::vector<float> got = RunOnce(model, &pool);
    ASSERT_EQ(got.size(), want.size());
    EXPECT_EQ(std::memcmp(got.data(), want.data(), want.size() * sizeof(float)), 0) << threads << " threads";
  }
}

TEST(Bands, AnInvertedBottleneckWithItsResidual) {
  for (const int64_t height : {24, 29, 40}) {
    Chain chain({1, height, 31, 8});
    const uint32_t x = chain.now();
    chain.Conv(32, 1, "activation=relu6");
    chain.Depthwise(3, "activation=relu6", 1, 1);
    chain.Conv(8, 1, "activation=none");
    chain.AddValue(x);
    ExpectSameBits(chain, 3);
  }
}

TEST(Bands, StridesDilationAndLargeWindows) {
  for (const int64_t stride : {1, 2, 3}) {
    Chain chain({1, 115, 22, 3});
    chain.Conv(16, 3, "activation=relu", 2, 1);
    chain.Depthwise(5, "activation=none", 1, 4, 2);
    chain.Unary("silu");
    chain.Depthwise(3, "activation=none", stride, 1);
    chain.Conv(24, 1, "activation=none");
    ExpectSameBits(chain, 3);
  }
}

TEST(Bands, ElementwiseNodesWorkInPlaceAndAtBothEnds) {
  Chain chain({1, 32, 33, 16});
  chain.Unary("hard_swish");
  chain.MulChannels();
  chain.Conv(40, 1, "activation=none");
  chain.Unary("silu");
  chain.MaxPool(3, 2, 1);
  chain.Unary("hard_sigmoid");
  ExpectSameBits(chain, 4);
}

TEST(Bands, ALargerStrideThanWindowSkipsRows) {
  Chain chain({1, 96, 20, 16});
  chain.Conv(32, 1, "activation=none");
  chain.Conv(16, 1, "activation=relu", 3);
  ExpectSameBits(chain, 2);
}

TEST(Bands, ValuesInBetweenTakeNoRoomInTheArena) {
  Chain chain({1, 128, 64, 8});
  chain.Conv(48, 1, "activation=relu6");
  chain.Depthwise(3, "activation=relu6", 1, 1);
  chain.Conv(8, 1, "activation=none");
  const CpuFeatures small = CpuWithCache(256);
  const auto whole = chain.Load({.keep_values = true, .cpu = &small});
  const auto banded = chain.Load({.cpu = &small});
  EXPECT_TRUE(whole->graph().bands.empty());
  ASSERT_EQ(banded->graph().bands.size(), 1U);
  EXPECT_LT(banded->arena_bytes(), whole->arena_bytes() / 4);
}

TEST(Bands, AValueThatIsReadElsewhereStaysWhole) {
  Chain chain({1, 48, 40, 16});
  chain.Conv(32, 1, "activation=none");
  const uint32_t read_twice = chain.now();
  chain.Depthwise(3, "activation=none", 1, 1);
  chain.AddValue(read_twice);
  const CpuFeatures small = CpuWithCache(64);
  const auto model = chain.Load({.cpu = &small});
  ASSERT_EQ(model->graph().bands.size(), 1U);
  EXPECT_EQ(model->graph().bands[0].first, 1U);
}

TEST(Bands, ProfileCountsEveryNode) {
  Chain chain({1, 64, 64, 8});
  chain.Conv(48, 1, "activation=relu6");
  chain.Depthwise(3, "activation=relu6", 1, 1);
  chain.Conv(8, 1, "activation=none");
  const CpuFeatures small = CpuWithCache(64);
  Result<Session> session = Session::Create(chain.Load({.cpu = &small}));
  ASSERT_TRUE(session.ok());
  session->EnableProfile();
  session->Run();
  for (const uint64_t ns : session->profile_ns()) EXPECT_GT(ns, 0U);
}

}  // namespace
}  // namespace verge::runtime
