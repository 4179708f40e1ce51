// Tasks judge outputs that are written out here.
#include "eval/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::eval {
namespace {

using testing::HasSubstr;

class TasksTest : public testing::Test {
 protected:
  void SetUp() override {
    auto dir = sys::TempDir::Create();
    ASSERT_TRUE(dir.ok()) << dir.status().ToString();
    dir_.emplace(std::move(dir).value());
    placement_ = {10, 20, 10, 20, 1, 1, 0, 0};
  }

  std::string Write(const std::string& name, const std::string& bytes) const {
    EXPECT_TRUE(sys::WriteFileAtomic(dir_->File(name), bytes).ok());
    return dir_->File(name);
  }

  template <typename T>
  Tensor Output(DType dtype, const Shape& shape, std::vector<T> values) {
    EXPECT_EQ(shape.elems(), values.size());
    auto owned = std::make_shared<std::vector<T>>(std::move(values));
    owners_.push_back(owned);
    return {{dtype, shape, {}}, owned->data()};
  }
  Tensor Floats(const Shape& shape, std::vector<float> values) {
    return Output<float>(DType::kF32, shape, std::move(values));
  }

  // The task over one item.
  Result<std::vector<Figure>> JudgeOne(const std::vector<Tensor>& outputs, const std::vector<Tensor>& reference = {}) {
    VERGE_TRY_ASSIGN(const std::unique_ptr<Task> task, MakeTask(spec_, data_));
    const Content content;
    VERGE_TRY(task->Judge(0, {data_.items[0], content, placement_, {}, outputs, reference}));
    return task->Figures();
  }

  static double Value(const Result<std::vector<Figure>>& figures, const std::string& name) {
    EXPECT_TRUE(figures.ok()) << figures.status().ToString();
    if (!figures.ok()) return -1;
    for (const Figure& figure : *figures) {
      if (figure.name == name) return figure.value;
    }
    ADD_FAILURE() << "no figure " << name;
    return -1;
  }

  std::optional<sys::TempDir> dir_;
  std::vector<std::shared_ptr<void>> owners_;
  Spec spec_;
  Dataset data_{{}, std::vector<Item>(1)};
  Placement placement_;
};

// Model classes are cat, nothing, dog; the data's are dog, cat. One box of 5 x 10 pixels each.
TEST_F(TasksTest, DetectMapsClassesByName) {
  spec_.task = TaskKind::kDetect;
  spec_.data.boxes_folder = "boxes";
  spec_.output.decoder = "postprocess";
  spec_.output.classes_file = Write("names.txt", "cat\n???\ndog\n");
  data_.classes = {"dog", "cat"};
  data_.items[0].boxes = {{{0, 0, 0.5F, 0.5F}, 0}, {{0.5F, 0.5F, 1, 1}, 1}};
  const Tensor boxes = Floats({1, 3, 4}, {0, 0, 0.5F, 0.5F, 0.5F, 0.5F, 1, 1, 0, 0, 1, 1});
  const Tensor classes = Floats({1, 3}, {2, 0, 1});
  const Tensor scores = Floats({1, 3}, {0.9F, 0.8F, 0.7F});
  const auto figures = JudgeOne({boxes, classes, scores, Floats({1}, {3})});
  EXPECT_DOUBLE_EQ(Value(figures, "map"), 1);
  // Of two said, only the first: a dog. Half of the classes is found.
  EXPECT_DOUBLE_EQ(Value(JudgeOne({boxes, classes, scores, Floats({1}, {1})}), "map50"), 0.5);
  EXPECT_EQ(JudgeOne({boxes, classes}).code(), StatusCode::kInvalidArgument);
  spec_.output.classes_file = Write("names.txt", "horse\n");
  EXPECT_EQ(JudgeOne({boxes}).code(), StatusCode::kInvalidArgument);
}

TEST_F(TasksTest, DetectCounts) {
  spec_.task = TaskKind::kDetect;
  spec_.output.decoder = "ultraface";
  spec_.output.min_score = 0.5;
  data_.items[0].label = 2;
  const Tensor scores = Floats({1, 2, 2}, {0.1F, 0.9F, 0.8F, 0.2F});
  const Tensor boxes = Floats({1, 2, 4}, {0, 0, 0.5F, 0.5F, 0, 0, 1, 1});
  const auto figures = JudgeOne({scores, boxes});
  EXPECT_DOUBLE_EQ(Value(figures, "counts"), 0);
  EXPECT_DOUBLE_EQ(Value(figures, "count_error"), 0.5);
  data_.items[0].label = 1;
  EXPECT_DOUBLE_EQ(Value(JudgeOne({boxes, scores}), "counts"), 1);  // in any order
}

// The truth's box is 8 x 16 pixels: the figure's size is 16. The second point is 2 pixels off, an eighth.
TEST_F(TasksTest, KeypointsAreMeasuredInTheFiguresSize) {
  spec_.task = TaskKind::kKeypoints;
  spec_.output.decoder = "movenet";
  data_.items[0].points = {{true, 0.1F, 0.1F}, {false, 0, 0}, {true, 0.9F, 0.9F}};
  spec_.output.points = {1, 0, 0};
  const Tensor output = Floats({1, 1, 2, 3}, {0.8F, 0.9F, 1, 0.1F, 0.1F, 1});
  spec_.output.reach = 0.126;
  auto figures = JudgeOne({output});
  EXPECT_DOUBLE_EQ(Value(figures, "pck"), 1);
  EXPECT_NEAR(Value(figures, "distance"), 0.0625, 1e-6);
  spec_.output.reach = 0.124;
  EXPECT_DOUBLE_EQ(Value(JudgeOne({output}), "pck"), 0.5);
  spec_.output.points = {1, 0, 2};
  EXPECT_EQ(JudgeOne({output}).code(), StatusCode::kInvalidArgument);
}

TEST_F(TasksTest, BlazeposeCountsInPixelsOfTheInput) {
  spec_.task = TaskKind::kKeypoints;
  spec_.output.decoder = "blazepose";
  data_.items[0].points = {{true, 0.1F, 0.1F}, {true, 0.9F, 0.9F}};
  const auto figures = JudgeOne({Floats({1, 10}, {1, 2, 0, 0, 0, 9, 18, 0, 0, 0})});
  EXPECT_NEAR(Value(figures, "distance"), 0, 1e-6);
}

// The box is half the input of 10 x 20: 10 pixels. One of six points is a twentieth of 10 pixels off.
TEST_F(TasksTest, FacesOfAReferenceAreTheTruthOfShifts) {
  spec_.task = TaskKind::kKeypoints;
  spec_.output.decoder = "blazeface";
  spec_.output.min_score = 0.5;
  spec_.output.reach = 0.05;
  spec_.reference = "float.vg";
  std::vector<float> scores(896, -9), offsets(896 * 16, 0);
  scores[5] = 3;
  offsets[5 * 16 + 2] = offsets[5 * 16 + 3] = 64;
  const Tensor score = Floats({1, 896, 1}, scores), truth = Floats({1, 896, 16}, offsets);
  offsets[5 * 16 + 4] += 6.4F;
  const Tensor shifted = Floats({1, 896, 16}, offsets);
  const auto figures = JudgeOne({shifted, score}, {truth, score});
  EXPECT_NEAR(Value(figures, "distance"), 0.05 / 6, 1e-6);
  EXPECT_DOUBLE_EQ(Value(figures, "found"), 1);
  scores[5] = -1;
  EXPECT_DOUBLE_EQ(Value(JudgeOne({shifted, score}, {truth, Floats({1, 896, 1}, scores)}), "found"), 0);
}

// A grey bitmap of 10 x 20 pixels: rows of class 0 below, of class 1 above; the topmost row is 200, which is no class.
std::string MaskBmp() {
  std::string bytes("BM");
  const auto put = [&](uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 255));
  };
  for (const uint32_t v : {0U, 0U, 54U, 40U, 10U, 20U}) put(v, 4);
  put(1, 2), put(24, 2);
  for (int i = 0; i < 6; ++i) put(0, 4);
  for (int row = 0; row < 20; ++row) {
    const auto value = static_cast<char>(row < 10 ? 0 : row < 19 ? 1 : 200);
    bytes.append(30, value).append(2, '\0');
  }
  return bytes;
}

TEST_F(TasksTest, SegmentComparesAtThePixelsOfThePicture) {
  spec_.task = TaskKind::kSegment;
  data_.classes = {"nothing", "bird"};
  data_.items[0].mask = Write("mask.bmp", MaskBmp());
  // Two rows of output: bird above, nothing below, as classes and as scores.
  EXPECT_DOUBLE_EQ(Value(JudgeOne({Output<int64_t>(DType::kI64, {1, 2, 1}, {1, 0})}), "miou"), 1);
  EXPECT_DOUBLE_EQ(Value(JudgeOne({Floats({1, 2, 1, 2}, {0, 1, 1, 0})}), "miou"), 1);
  // Nothing everywhere: 100 of 190 pixels right, IoU 100 / 190 and 0.
  const auto wrong = JudgeOne({Output<int64_t>(DType::kI64, {1, 2, 1}, {0, 0})});
  EXPECT_NEAR(Value(wrong, "miou"), 100.0 / 190 / 2, 1e-12);
  EXPECT_NEAR(Value(wrong, "pixels"), 100.0 / 190, 1e-12);
  placement_.picture_width = 11;
  EXPECT_THAT(std::string(JudgeOne({Floats({1, 1, 1}, {0})}).status().message()), HasSubstr("are not the picture's"));
}

TEST_F(TasksTest, AgreementCountsStepsOfIntegers) {
  spec_.task = TaskKind::kAgreement;
  const Tensor got = Output<int8_t>(DType::kI8, {1, 4}, {127, 1, 2, 3});
  const Tensor want = Output<int8_t>(DType::kI8, {1, 4}, {-128, 1, 2, 3});
  const auto figures = JudgeOne({got}, {want});
  EXPECT_DOUBLE_EQ(Value(figures, "steps"), 255);
  EXPECT_DOUBLE_EQ(Value(figures, "share_off"), 0.25);
  EXPECT_DOUBLE_EQ(Value(figures, "same_top1"), 0);
  EXPECT_EQ(JudgeOne({got}, {}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(JudgeOne({got}, {Floats({1, 1}, {0})}).code(), StatusCode::kInvalidArgument);
}

// Symbols: 0 blank, 1 a, 2 b, 3 between words. Steps: a a blank a | b b -> "aa b".
TEST_F(TasksTest, CtcCollapsesRepeatsAndCountsWords) {
  spec_.task = TaskKind::kCtc;
  spec_.output.classes_file = Write("symbols.txt", "-\na\nb\n|\n");
  data_.items[0].text = "aa b";
  std::vector<float> scores;
  for (const size_t best : {1, 1, 0, 1, 3, 2, 2}) {
    for (size_t k = 0; k < 4; ++k) scores.push_back(k == best ? 1.0F : 0.0F);
  }
  EXPECT_DOUBLE_EQ(Value(JudgeOne({Floats({1, 7, 4}, scores)}), "wer"), 0);
  data_.items[0].text = "ab b";
  const auto wrong = JudgeOne({Floats({1, 7, 4}, scores)});
  EXPECT_DOUBLE_EQ(Value(wrong, "wer"), 0.5);
  EXPECT_DOUBLE_EQ(Value(wrong, "words_right"), 0.5);
  EXPECT_DOUBLE_EQ(Value(wrong, "cer"), 0.25);
  EXPECT_THAT(std::string(JudgeOne({Floats({1, 4, 7}, scores)}).status().message()), HasSubstr("4 symbols"));
}

TEST_F(TasksTest, CustomTakesTheFiguresOfAProgram) {
  spec_.task = TaskKind::kCustom;
  data_.items[0].text = "yes";
  const Tensor output = Floats({1, 2}, {0.25F, 0.75F});
  spec_.output.command = {"sh", "-c",
                          "grep -q '^0,.*,yes$' $0/items.csv && test -s $0/0_0_0.npy && echo '{\"good\": 0.75}'"};
  EXPECT_DOUBLE_EQ(Value(JudgeOne({output}), "good"), 0.75);
  spec_.output.command = {"sh", "-c", "echo broken >&2; exit 3"};
  EXPECT_THAT(std::string(JudgeOne({output}).status().message()), HasSubstr("broken"));
  spec_.output.command = {"echo", "0.75"};
  EXPECT_THAT(std::string(JudgeOne({output}).status().message()), HasSubstr("printed no figures"));
}

}  // namespace
}  // namespace verge::eval
