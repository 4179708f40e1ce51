#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/model/test_model.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "tune/cache.h"
#include "tune/measure.h"

namespace verge::tune {
namespace {

using ::testing::HasSubstr;

constexpr const char* kCpu = "Test, family 1; avx2";

// Loads the test model: a convolution whose weights sum boxes, and a doubling of it.
Result<std::shared_ptr<const runtime::Model>> LoadTest(std::shared_ptr<const runtime::KernelChooser> chooser) {
  const format::TestModel test;
  VERGE_TRY_ASSIGN(format::AlignedBytes written, format::WriteModel(test.spec));
  const auto bytes = std::make_shared<format::AlignedBytes>(std::move(written));
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(bytes->bytes(), bytes));
  runtime::LoadOptions options;
  options.chooser = std::move(chooser);
  return runtime::Model::Load(std::move(verified), options);
}

void Fill(const runtime::Session& session) {
  const Tensor& x = session.input(0);
  for (size_t i = 0; i < x.shape().elems(); ++i) x.as<float>()[i] = 0.01F * static_cast<float>(i % 37);
}

// Wants the reference kernel everywhere and keeps the keys it was asked for.
class WantsReference final : public runtime::KernelChooser {
 public:
  const ops::Kernel* Choose(ops::OpId op, const ops::PrepareArgs& args) const override {
    keys.push_back(KeyOf(op, args));
    return ops::KernelsFor(op).back();
  }
  mutable std::vector<std::string> keys;
};

TEST(Choices, SurviveAFile) {
  Choices choices;
  choices.Set("conv2d {stride_h=2} f32[1,2] -> f32[1,2] threads 1", "a__avx2");
  choices.Set("add {} f32[1] f32[1]* -> f32[1] threads 2", "b__any");
  const std::string text = choices.Print(kCpu);
  const Result<Choices> read = Choices::Parse(text, kCpu);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->size(), 2U);
  EXPECT_EQ(read->Print(kCpu), text);
}

TEST(Choices, DamageIsNoticedWithItsPlace) {
  Choices choices;
  choices.Set("add {} f32[1] -> f32[1] threads 1", "b__any");
  const std::string text = choices.Print(kCpu);
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(Choices::Parse(text.substr(0, length), kCpu).ok()) << length;
  }
  std::string damaged = text;
  damaged[text.find("choice")] = 'X';
  EXPECT_THAT(std::string(Choices::Parse(damaged, kCpu).status().message()), HasSubstr("line 3"));
  EXPECT_EQ(Choices::Parse(text + "more\n", kCpu).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(Choices::Parse(text, "Other CPU").status().code(), StatusCode::kFailedPrecondition);
}

TEST(Choices, AreFollowedWhereTheyFit) {
  const auto wants = std::make_shared<WantsReference>();
  const auto usual = LoadTest(nullptr);
  const auto plain = LoadTest(wants);
  ASSERT_TRUE(usual.ok() && plain.ok());
  const std::string reference = (*plain)->nodes()[0].kernel->name;
  ASSERT_TRUE(reference.ends_with("__ref"));
  ASSERT_NE(reference, (*usual)->nodes()[0].kernel->name);
  const auto choices = std::make_shared<Choices>();
  choices->Set(wants->keys[0], reference);
  const auto chosen = LoadTest(choices);
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ((*chosen)->nodes()[0].kernel->name, reference);
  EXPECT_STREQ((*chosen)->nodes()[1].kernel->name, (*usual)->nodes()[1].kernel->name);
  choices->Set(wants->keys[0], "no_such_kernel__avx2");
  EXPECT_STREQ((*LoadTest(choices))->nodes()[0].kernel->name, (*usual)->nodes()[0].kernel->name);
}

TEST(Choices, AFileThatIsNotThereIsNoError) {
  EXPECT_EQ(*LoadChoices("", kCpu), nullptr);
  EXPECT_EQ(*LoadChoices("/no/such/folder/kernels.txt", kCpu), nullptr);
}

TEST(Choices, AreKeptInAFolderThatIsMade) {
  Result<sys::TempDir> folder = sys::TempDir::Create();
  ASSERT_TRUE(folder.ok());
  const std::string path = folder->path() + "/a/b/kernels.txt";
  Choices choices;
  choices.Set("add {} f32[1] -> f32[1] threads 1", "b__any");
  ASSERT_TRUE(SaveChoices(choices, path, kCpu).ok());
  const auto read = LoadChoices(path, kCpu);
  ASSERT_TRUE(read.ok() && *read != nullptr);
  EXPECT_EQ((*read)->size(), 1U);
  ASSERT_TRUE(sys::WriteFileAtomic(path, "nonsense\n").ok());
  const std::string message(LoadChoices(path, kCpu).status().message());
  EXPECT_THAT(message, HasSubstr(path));
  EXPECT_THAT(message, HasSubstr("verge tune"));
}

TEST(Measure, KeepsTheFastestAndForgetsWhatIsNotFaster) {
  const auto wants = std::make_shared<WantsReference>();
  ASSERT_TRUE(LoadTest(wants).ok());
  Choices choices;
  choices.Set(wants->keys[0], "outdated__avx2");
  choices.Set("another model's", "kept__avx2");
  MeasureOptions options;
  options.seconds = 0.01;
  options.min_gain =
      2;  // no kernel can be faster by more than all of the time: the usual one stays, whatever the clock says
  const Result<Measured> none = Measure(LoadTest, Fill, options, choices);
  ASSERT_TRUE(none.ok()) << none.status().ToString();
  EXPECT_EQ(none->nodes, wants->keys.size());
  EXPECT_GT(none->measured, 0U);
  EXPECT_TRUE(none->gains.empty());
  EXPECT_EQ(choices.size(), 1U);
  options.min_gain = options.min_gain_ns = -1e12;  // the least time wins, even by nothing
  const Result<Measured> some = Measure(LoadTest, Fill, options, choices);
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(choices.size(), 1 + some->gains.size());
  for (const Gain& gain : some->gains) {
    EXPECT_LE(gain.chosen_ns, gain.usual_ns);
    EXPECT_NE(gain.chosen, gain.usual);
  }
}

}  // namespace
}  // namespace verge::tune
