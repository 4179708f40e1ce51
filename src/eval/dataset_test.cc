#include "eval/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::eval {
namespace {

using testing::HasSubstr;

class DatasetTest : public testing::Test {
 protected:
  void SetUp() override {
    auto dir = sys::TempDir::Create();
    ASSERT_TRUE(dir.ok()) << dir.status().ToString();
    dir_.emplace(std::move(dir).value());
  }
  std::string Path(const std::string& name) const { return sys::JoinPath(dir_->path(), name); }
  void Write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(sys::MakeDirs(sys::ParentPath(Path(name))).ok());
    ASSERT_TRUE(sys::WriteFileAtomic(Path(name), text).ok());
  }

  std::optional<sys::TempDir> dir_;
};

TEST_F(DatasetTest, LabelsFromCsv) {
  Write("labels.csv", "file,what\r\na.bin, cat\r\nb.bin,1\r\n");
  Write("classes.txt", "dog\ncat\n");
  DataSpec spec;
  spec.folder = "/x";
  spec.classes_file = Path("classes.txt");
  spec.csv = {Path("labels.csv"), true, 0, 1, ".jpg"};
  const auto set = ReadDataset(spec);
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  ASSERT_EQ(set->items.size(), 2u);
  EXPECT_EQ(set->items[0].path, "/x/a.jpg");
  EXPECT_EQ(set->items[0].label, 1);
  EXPECT_EQ(set->items[1].label, 1);
  spec.csv.label_column = 2;
  EXPECT_THAT(std::string(ReadDataset(spec).status().message()), HasSubstr("labels.csv:2: 2 columns"));
  Write("labels.csv", "a.bin,horse\n");
  spec.csv = {Path("labels.csv"), false, 0, 1, ""};
  EXPECT_THAT(std::string(ReadDataset(spec).status().message()), HasSubstr("labels.csv:1: no class is named 'horse'"));
}

TEST_F(DatasetTest, LabelsFromNames) {
  Write("pictures/n01_great_tit.jpg", "");
  Write("pictures/readme.txt", "");
  Write("classes.txt", "background\ngreat tit, Parus major\n");
  DataSpec spec;
  spec.folder = Path("pictures");
  spec.classes_file = Path("classes.txt");
  spec.label_pattern = "n[0-9]+_(.*)[.]jpg";
  const auto set = ReadDataset(spec);
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  ASSERT_EQ(set->items.size(), 1u);
  EXPECT_EQ(set->items[0].label, 1);
  spec.label_pattern = "(";
  EXPECT_EQ(ReadDataset(spec).code(), StatusCode::kInvalidArgument);
  spec.label_pattern = "(nothing)";
  EXPECT_EQ(ReadDataset(spec).code(), StatusCode::kNotFound);
}

TEST_F(DatasetTest, BoxesOfYolo) {
  Write("pictures/a.jpg", "");
  Write("pictures/b.jpg", "");
  Write("boxes/a.txt", "1 0.5 0.5 0.5 1\n");
  Write("classes.txt", "dog\ncat\n");
  DataSpec spec;
  spec.folder = Path("pictures");
  spec.boxes_folder = Path("boxes");
  spec.classes_file = Path("classes.txt");
  const auto set = ReadDataset(spec);
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  ASSERT_EQ(set->items.size(), 2u);
  ASSERT_EQ(set->items[0].boxes.size(), 1u);
  EXPECT_EQ(set->items[0].boxes[0].label, 1);
  EXPECT_FLOAT_EQ(set->items[0].boxes[0].box.x0, 0.25F);
  EXPECT_FLOAT_EQ(set->items[0].boxes[0].box.y1, 1);
  EXPECT_TRUE(set->items[1].boxes.empty());
  for (const char* wrong : {"2 0.5 0.5 0.5 1", "0 0.5 0.5 0.5", "0 x 0.5 0.5 1", "0 nan 0.5 0.5 1"}) {
    Write("boxes/a.txt", wrong);
    EXPECT_THAT(std::string(ReadDataset(spec).status().message()), HasSubstr("a.txt:1: expected a class")) << wrong;
  }
}

TEST_F(DatasetTest, KeyPointsOfAList) {
  Write("points.csv", "id,keypoint_y,keypoint_x,keypoint_id\n0,0.25,0.5,1\n");
  DataSpec spec;
  spec.folder = dir_->path();
  spec.key_points = {"keypoint_id", "keypoint_x", "keypoint_y"};
  spec.list = {{"a.jpg", "", "mask.png", "points.csv"}};
  const auto set = ReadDataset(spec);
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  const Item& item = set->items[0];
  EXPECT_EQ(item.mask, Path("mask.png"));
  ASSERT_EQ(item.points.size(), 2u);
  EXPECT_FALSE(item.points[0].is_known);
  EXPECT_FLOAT_EQ(item.points[1].x, 0.5F);
  EXPECT_FLOAT_EQ(item.points[1].y, 0.25F);
  Write("points.csv", "keypoint_id,keypoint_x,keypoint_y\n99999999,0,0\n");
  EXPECT_THAT(std::string(ReadDataset(spec).status().message()), HasSubstr("points.csv:2"));
}

TEST(FindClass, KnowsEachOfItsNamesAndRefusesTwoClasses) {
  const std::vector<std::string> classes = {"crane", "tench, Tinca tinca", "crane"};
  EXPECT_EQ(*FindClass(classes, "Tinca tinca"), 1);
  EXPECT_EQ(FindClass(classes, "crane").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(FindClass(classes, "Crane").code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace verge::eval
