#include "runtime/session.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/counting_new.h"
#include "format/model/test_model.h"

namespace verge::runtime {
namespace {

using format::AlignedBytes;
using format::TestModel;

// Tasks last to first, on the caller: another order than one thread takes, without threads.
class Backwards final : public Parallel {
 public:
  int threads() const override { return 3; }
  void Run(int count, Task task, void* context) override {
    for (int i = count; i-- > 0;) task(context, i);
  }
};

std::shared_ptr<const Model> LoadTest(const format::ModelSpec& spec, const LoadOptions& options = {}) {
  Result<AlignedBytes> written = format::WriteModel(spec);
  EXPECT_TRUE(written.ok()) << written.status().ToString();
  const auto bytes = std::make_shared<AlignedBytes>(std::move(written).value());
  Result<format::VerifiedModel> verified = format::VerifiedModel::Verify(bytes->bytes(), bytes);
  EXPECT_TRUE(verified.ok()) << verified.status().ToString();
  Result<std::shared_ptr<const Model>> model = Model::Load(std::move(verified).value(), options);
  EXPECT_TRUE(model.ok()) << model.status().ToString();
  return model.ok() ? *model : nullptr;
}

Session MakeSession(std::shared_ptr<const Model> model, Parallel* parallel = nullptr) {
  Result<Session> session = Session::Create(std::move(model), parallel);
  EXPECT_TRUE(session.ok()) << session.status().ToString();
  return std::move(session).value();
}

void FillInput(const Session& session) {
  const Tensor& x = session.input(0);
  for (size_t i = 0; i < x.shape().elems(); ++i) x.as<float>()[i] = 0.01F * static_cast<float>(i % 37) - 0.1F;
}

// The test model by its definition, written out once more.
std::vector<float> Expected(const TestModel& test, const float* x) {
  std::vector<float> y;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (size_t o = 0; o < 4; ++o) {
        double sum = test.bias[o];
        for (int p = 0; p < 3; ++p) {
          for (int q = 0; q < 3; ++q) {
            for (int c = 0; c < 2; ++c) sum += 0.25 * static_cast<double>(x[((i + p) * 5 + j + q) * 2 + c]);
          }
        }
        y.push_back(static_cast<float>(std::min(std::max(sum, 0.0), 6.0)));
      }
    }
  }
  return y;
}

void ExpectOutputs(const TestModel& test, const Session& session) {
  const std::vector<float> want = Expected(test, session.input(0).as<float>());
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(session.output(0).as<float>()[i], want[i], 1e-5F) << i;
    EXPECT_NEAR(session.output(1).as<float>()[i], 2 * want[i], 2e-5F) << i;
  }
}

TEST(Session, RunStepwiseShowsEachNodesOutputBeforeItIsWrittenOver) {
  const TestModel test;
  Session session = MakeSession(LoadTest(test.spec));
  FillInput(session);
  std::vector<size_t> seen;
  std::vector<float> last;
  session.RunStepwise([&](size_t node) {
    seen.push_back(node);
    const Tensor& y = session.value(session.model().tables().nodes[node].outputs[0]);
    last.assign(y.as<float>(), y.as<float>() + y.shape().elems());
  });
  ASSERT_EQ(seen.size(), session.model().nodes().size());
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i);
  EXPECT_FALSE(last.empty());
  ExpectOutputs(test, session);
}

TEST(Session, ComputesTheModel) {
  const TestModel test;
  for (const bool force_reference : {false, true}) {
    Session session = MakeSession(LoadTest(test.spec, {.force_reference = force_reference}));
    FillInput(session);
    session.Run();
    ExpectOutputs(test, session);
  }
}

TEST(Session, RunAllocatesNothing) {
  const TestModel test;
  Backwards pool;
  Session single = MakeSession(LoadTest(test.spec));
  Session parallel = MakeSession(LoadTest(test.spec, {.threads = 3}), &pool);
  Session profiled = MakeSession(LoadTest(test.spec));
  profiled.EnableProfile();
  for (Session* session : {&single, &parallel, &profiled}) {
    FillInput(*session);
    const uint64_t before = AllocationCount();
    for (int i = 0; i < 10; ++i) session->Run();
    EXPECT_EQ(AllocationCount(), before);
    ExpectOutputs(test, *session);
  }
  EXPECT_GT(AllocationCount(), 0U);  // the counter is connected
  EXPECT_EQ(profiled.profiled_runs(), 10U);
  EXPECT_EQ(profiled.profile_ns().size(), 3U);
}

TEST(Session, InputsSurviveARunAndRunsRepeat) {
  const TestModel test;
  Session session = MakeSession(LoadTest(test.spec));
  FillInput(session);
  session.Run();
  const float first = session.output(1).as<float>()[7];
  for (int i = 0; i < 5; ++i) session.Run();
  EXPECT_EQ(session.output(1).as<float>()[7], first);
  ExpectOutputs(test, session);
}

TEST(Session, NodesRunInPlaceWhereTheInputDies) {
  const TestModel test;
  const auto model = LoadTest(test.spec);
  EXPECT_FALSE(model->nodes()[0].is_in_place);
  EXPECT_TRUE(model->nodes()[1].is_in_place);   // c dies in the relu
  EXPECT_FALSE(model->nodes()[2].is_in_place);  // y is an output, and read twice
  EXPECT_EQ(model->arena_offset(3), model->arena_offset(4));
  EXPECT_NE(model->arena_offset(4), model->arena_offset(5));
}

TEST(Session, SessionsOfOneModelAreIndependent) {
  const TestModel test;
  const auto model = LoadTest(test.spec);
  Session a = MakeSession(model), b = MakeSession(model);
  FillInput(a);
  a.Run();
  b.Run();  // zeros
  ExpectOutputs(test, a);
  ExpectOutputs(test, b);
}

TEST(Session, BoundMemoryIsUsed) {
  const TestModel test;
  Session session = MakeSession(LoadTest(test.spec));
  auto input = AlignedBytes::Allocate(6 * 5 * 2 * 4), output = AlignedBytes::Allocate(4 * 3 * 4 * 4);
  ASSERT_TRUE(input.ok() && output.ok());
  ASSERT_TRUE(session.BindInput(0, input->bytes().data()).ok());
  ASSERT_TRUE(session.BindOutput(0, output->bytes().data()).ok());
  EXPECT_EQ(session.input(0).data, input->bytes().data());
  FillInput(session);
  session.Run();
  EXPECT_EQ(session.output(0).data, output->bytes().data());
  ExpectOutputs(test, session);

  EXPECT_EQ(session.BindInput(1, input->bytes().data()).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(session.BindInput(0, input->bytes().data() + 4).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(session.BindOutput(0, nullptr).code(), StatusCode::kInvalidArgument);
}

TEST(Session, AnOutputMayBeAnInputOrAConstant) {
  TestModel test;
  test.spec.outputs = {0, 2, 5};
  Session session = MakeSession(LoadTest(test.spec));
  FillInput(session);
  session.Run();
  EXPECT_EQ(session.output(0).data, session.input(0).data);
  EXPECT_EQ(session.output(1).as<float>()[1], -1.0F);
  EXPECT_EQ(session.BindOutput(1, session.output(2).data).code(), StatusCode::kUnsupported);
}

TEST(Model, NamesAreFoundOrListed) {
  const TestModel test;
  const auto model = LoadTest(test.spec);
  EXPECT_EQ(*model->FindOutput("z"), 1U);
  const auto missing = model->FindInput("image");
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find("x [1, 6, 5, 2] f32"), std::string_view::npos)
      << missing.status().ToString();
}

TEST(Model, LimitsHold) {
  const TestModel test;
  Result<AlignedBytes> bytes = format::WriteModel(test.spec);
  ASSERT_TRUE(bytes.ok());
  const auto load = [&](const LoadOptions& options) {
    return Model::Load(*format::VerifiedModel::Verify(bytes->bytes(), nullptr), options).code();
  };
  EXPECT_EQ(load({.max_memory_bytes = 256}), StatusCode::kResourceExhausted);
  EXPECT_EQ(load({.threads = 0}), StatusCode::kInvalidArgument);
  EXPECT_EQ(load({}), StatusCode::kOk);
}

TEST(Session, APoolLargerThanTheModelIsRefused) {
  const TestModel test;
  Backwards pool;
  EXPECT_EQ(Session::Create(LoadTest(test.spec, {.threads = 2}), &pool).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::runtime
