#include "eval/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::eval {
namespace {

using testing::ElementsAre;

media::Image Picture(int width, int height) {
  media::Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    image.rgb.push_back(static_cast<uint8_t>(10 * i));
    image.rgb.push_back(static_cast<uint8_t>(10 * i + 1));
    image.rgb.push_back(static_cast<uint8_t>(10 * i + 2));
  }
  return image;
}

template <typename T>
struct Input {
  explicit Input(DType dtype, const Shape& shape) : values(shape.elems()), tensor{{dtype, shape, {}}, values.data()} {}
  std::vector<T> values;
  Tensor tensor;
};

TEST(FillFromImage, ColourOrderMeanAndScale) {
  Input<float> input(DType::kF32, {1, 1, 2, 3});
  InputSpec spec;
  spec.colour = Colour::kBgr;
  spec.mean = {1, 0, 0};
  spec.scale = {0.5, 1, 2};
  const auto placement = FillFromImage(Picture(2, 1).view(), spec, input.tensor);
  ASSERT_TRUE(placement.ok()) << placement.status().ToString();
  EXPECT_THAT(input.values, ElementsAre(0.5F, 1, 0, 5.5F, 11, 20));
}

TEST(FillFromImage, PlanesAndGrey) {
  Input<float> planes(DType::kF32, {1, 3, 1, 2});
  ASSERT_TRUE(FillFromImage(Picture(2, 1).view(), {}, planes.tensor).ok());
  EXPECT_THAT(planes.values, ElementsAre(0, 10, 1, 11, 2, 12));
  Input<float> grey(DType::kF32, {1, 1, 2});
  InputSpec spec;
  spec.colour = Colour::kGrey;
  ASSERT_TRUE(FillFromImage(Picture(2, 1).view(), spec, grey.tensor).ok());
  EXPECT_THAT(grey.values, ElementsAre(testing::FloatEq(0.815F), testing::FloatEq(10.815F)));
  EXPECT_EQ(FillFromImage(Picture(2, 1).view(), {}, grey.tensor).code(), StatusCode::kInvalidArgument);
}

TEST(FillFromImage, BytesOfSignedNumbers) {
  media::Image picture = Picture(2, 1);
  picture.rgb = {127, 127, 127, 255, 255, 255};
  Input<float> grey(DType::kF32, {1, 1, 2});
  InputSpec spec;
  spec.colour = Colour::kGrey;
  spec.is_signed = true;
  ASSERT_TRUE(FillFromImage(picture.view(), spec, grey.tensor).ok());
  EXPECT_THAT(grey.values, ElementsAre(127, -1));
}

TEST(FillFromImage, QuantisesWithTheInputsScale) {
  Input<int8_t> input(DType::kI8, {1, 1, 1, 3});
  const std::array<float, 1> scale = {0.5F};
  const std::array<int32_t, 1> zero = {-128};
  input.tensor.type.quant = {scale, zero, 0};
  InputSpec spec;
  spec.scale = {1, 1, 100};
  ASSERT_TRUE(FillFromImage(Picture(1, 1).view(), spec, input.tensor).ok());
  EXPECT_THAT(input.values, ElementsAre(-128, -126, 127));  // 200 / 0.5 - 128 is limited
  EXPECT_THAT(RealValues(input.tensor), ElementsAre(0, 1, 127.5F));
}

// 2 x 4 pixels into 4 x 4: half as wide as high, one column of padding on each side.
TEST(FillFromImage, LetterboxKeepsTheShape) {
  Input<float> input(DType::kF32, {1, 4, 4, 3});
  InputSpec spec;
  spec.resize = Resize::kLetterbox;
  spec.pad = 114;
  const auto centred = FillFromImage(Picture(2, 4).view(), spec, input.tensor);
  ASSERT_TRUE(centred.ok()) << centred.status().ToString();
  EXPECT_EQ(input.values[0], 114);
  EXPECT_EQ(input.values[3], 0);
  EXPECT_EQ(input.values[6], 10);
  EXPECT_EQ(input.values[9], 114);
  EXPECT_DOUBLE_EQ(centred->offset_x + 1 * centred->scale_x, 0);  // input column 1 is the picture's left edge
  spec.is_centred = false;
  const auto corner = FillFromImage(Picture(2, 4).view(), spec, input.tensor);
  ASSERT_TRUE(corner.ok()) << corner.status().ToString();
  EXPECT_EQ(input.values[0], 0);
  EXPECT_EQ(input.values[6], 114);
  EXPECT_DOUBLE_EQ(corner->offset_x, 0);
}

TEST(FillFromImage, SquareIsCutFromTheMiddle) {
  Input<float> input(DType::kF32, {1, 2, 2, 3});
  InputSpec spec;
  spec.resize = Resize::kSquare;
  const auto placement = FillFromImage(Picture(4, 2).view(), spec, input.tensor);
  ASSERT_TRUE(placement.ok()) << placement.status().ToString();
  EXPECT_EQ(input.values[0], 10);
  EXPECT_EQ(input.values[3], 20);
  EXPECT_EQ(input.values[6], 50);
  EXPECT_DOUBLE_EQ(placement->offset_x, 1);
}

TEST(FillFromValues, RefusesAnotherCount) {
  Input<float> input(DType::kF32, {1, 2});
  EXPECT_EQ(FillFromValues(std::vector<float>{1}, {}, input.tensor).code(), StatusCode::kInvalidArgument);
  InputSpec spec;
  spec.mean = {83, 0, 0};
  spec.scale = {2, 1, 1};
  ASSERT_TRUE(FillFromValues(std::vector<float>{84, 83}, spec, input.tensor).ok());
  EXPECT_THAT(input.values, ElementsAre(2, 0));
}

class ReadContentsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto dir = sys::TempDir::Create();
    ASSERT_TRUE(dir.ok()) << dir.status().ToString();
    dir_.emplace(std::move(dir).value());
  }
  std::string Write(const std::string& name, std::string_view bytes) const {
    EXPECT_TRUE(sys::WriteFileAtomic(dir_->File(name), bytes).ok());
    return dir_->File(name);
  }
  std::optional<sys::TempDir> dir_;
};

TEST_F(ReadContentsTest, TensorsInWindows) {
  const std::string path = Write("x.bin", std::string("\x01\x02\xff\x04", 4));
  DataSpec data;
  data.kind = DataKind::kTensors;
  data.dtype = DType::kI8;
  const auto whole = ReadContents(path, data, {}, 4);
  ASSERT_TRUE(whole.ok()) << whole.status().ToString();
  ASSERT_EQ(whole->size(), 1u);
  EXPECT_THAT((*whole)[0].values, ElementsAre(1, 2, -1, 4));
  InputSpec input;
  input.step = 2;
  const auto windows = ReadContents(path, data, input, 2);
  ASSERT_TRUE(windows.ok()) << windows.status().ToString();
  ASSERT_EQ(windows->size(), 2u);
  EXPECT_THAT((*windows)[1].values, ElementsAre(-1, 4));
  EXPECT_EQ(ReadContents(path, data, input, 5).code(), StatusCode::kInvalidArgument);
  data.dtype = DType::kF32;
  EXPECT_EQ(ReadContents(path, data, {}, 4)->at(0).values.size(), 1u);
  EXPECT_EQ(ReadContents(Write("y.bin", "abc"), data, {}, 4).code(), StatusCode::kDataLoss);
}

TEST_F(ReadContentsTest, PicturesAndOtherBytes) {
  EXPECT_EQ(ReadContents(Write("x.jpg", "no picture"), {}, {}, 4).code(), StatusCode::kUnsupported);
  EXPECT_EQ(ReadContents(dir_->File("none"), {}, {}, 4).code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace verge::eval
