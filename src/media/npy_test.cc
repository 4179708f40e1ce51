#include "media/npy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

namespace verge::media {
namespace {

Array MakeArray(DType dtype, const Shape& shape) {
  Result<Array> array = Array::Allocate(dtype, shape);
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  unsigned i = 1;
  for (std::byte& b : array->bytes()) b = static_cast<std::byte>(i = i * 75 % 65537);
  return std::move(array).value();
}

std::vector<std::byte> FromText(std::string_view header, size_t data_bytes) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  text.resize(text.size() + data_bytes, '\x01');
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

TEST(Npy, EveryTypeComesBack) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kI8, DType::kU8, DType::kI16, DType::kI32, DType::kI64,
                            DType::kBool, DType::kF64}) {
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{1, 2, 0, 3}, Shape{1, 1, 1, 1, 1, 1, 2, 2}}) {
      const Array array = MakeArray(dtype, shape);
      const auto bytes = WriteNpy(array.tensor());
      ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
      const auto back = ReadNpy(*bytes);
      ASSERT_TRUE(back.ok()) << back.status().ToString();
      EXPECT_EQ(back->dtype(), dtype);
      EXPECT_EQ(back->shape(), shape);
      EXPECT_TRUE(std::ranges::equal(back->bytes(), array.bytes()));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(back->tensor().data) % 64, 0U);
    }
  }
}

TEST(Npy, WritesTheHeaderNumpyWrites) {
  const auto bytes = WriteNpy(MakeArray(DType::kF32, {2, 3}).tensor());
  ASSERT_TRUE(bytes.ok());
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  EXPECT_TRUE(text.substr(10).starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"))
      << text.substr(10, 70);
  EXPECT_EQ((bytes->size() - 24) % 64, 0U);
}

TEST(Npy, RefusesWithAReason) {
  struct Case {
    std::string_view header;
    size_t data;
    StatusCode code;
    std::string_view says;
  };
  const Case cases[] = {
      {"{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}", 8, StatusCode::kUnsupported, "ascontiguousarray"},
      {"{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", 8, StatusCode::kUnsupported, ">f4"},
      {"{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}", 16, StatusCode::kUnsupported, "<c8"},
      {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", 8, StatusCode::kUnsupported, "structured"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 8, StatusCode::kDataLoss, "needs 12"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 8, StatusCode::kDataLoss, "has 8"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 8, StatusCode::kDataLoss, "dimension"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 8, StatusCode::kDataLoss,
       "dimension"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,4294967296)}", 8, StatusCode::kDataLoss,
       "too many"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", 4, StatusCode::kDataLoss,
       "8 dimensions"},
      {"{'descr': '<f4', 'shape': (1,)}", 4, StatusCode::kDataLoss, "missing"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", 4, StatusCode::kDataLoss, "expected '}'"},
      {"{'descr': '<f4", 4, StatusCode::kDataLoss, "not closed"},
      {"{'x': 1}", 4, StatusCode::kDataLoss, "unknown key"},
  };
  for (const Case& c : cases) {
    const auto array = ReadNpy(FromText(c.header, c.data));
    ASSERT_FALSE(array.ok()) << c.header;
    EXPECT_EQ(array.code(), c.code) << c.header;
    EXPECT_NE(array.status().message().find(c.says), std::string_view::npos) << array.status().ToString();
  }
}

TEST(Npy, EveryTruncationIsDataLoss) {
  const auto bytes = WriteNpy(MakeArray(DType::kI16, {3, 5}).tensor());
  ASSERT_TRUE(bytes.ok());
  for (size_t n = 0; n < bytes->size(); ++n) {
    EXPECT_EQ(ReadNpy(std::span(*bytes).first(n)).code(), StatusCode::kDataLoss) << n;
  }
}

TEST(Npz, WritesWhatItReads) {
  const Array numbers = MakeArray(DType::kF32, {2, 3}), flags = MakeArray(DType::kBool, {5});
  const std::pair<std::string, Tensor> members[] = {{"in/0", numbers.tensor()}, {"mask", flags.tensor()}};
  const auto bytes = WriteNpz(members);
  ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
  const auto back = ReadNpz(*bytes);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  ASSERT_EQ(back->size(), 2U);
  EXPECT_EQ((*back)[0].first, "in/0");
  EXPECT_EQ((*back)[0].second.shape(), (Shape{2, 3}));
  EXPECT_TRUE(std::ranges::equal((*back)[0].second.bytes(), numbers.bytes()));
  EXPECT_EQ((*back)[1].first, "mask");
  EXPECT_EQ(*WriteNpz(members), *bytes) << "the same arrays gave other bytes";
  EXPECT_EQ(WriteNpz({}).code(), StatusCode::kInvalidArgument);
}

TEST(Npz, ReadsWhatNumpyWrote) {
  // numpy.savez_compressed(a=arange(6, int32).reshape(2, 3), b=float32(1.5)); kept as the fuzzer's first seed too.
  const std::string path = std::string(VERGE_SOURCE_DIR) + "/fuzz/corpus/npz_fuzz/two_arrays.npz";
  FILE* file = std::fopen(path.c_str(), "rb");
  ASSERT_NE(file, nullptr) << path;
  std::vector<std::byte> bytes(4096);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  const auto arrays = ReadNpz(bytes);
  ASSERT_TRUE(arrays.ok()) << arrays.status().ToString();
  ASSERT_EQ(arrays->size(), 2U);
  EXPECT_EQ((*arrays)[0].first, "a");
  EXPECT_EQ((*arrays)[0].second.shape(), (Shape{2, 3}));
  EXPECT_EQ((*arrays)[0].second.tensor().as<int32_t>()[5], 5);
  EXPECT_EQ((*arrays)[1].first, "b");
  EXPECT_EQ((*arrays)[1].second.tensor().as<float>()[0], 1.5F);

  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(ReadNpz(std::span(bytes).first(n)).ok()) << n;
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {  // any answer but a crash
    std::vector<std::byte> flipped = bytes;
    flipped[random() % flipped.size()] ^= static_cast<std::byte>(1U << (random() % 8));
    const auto result = ReadNpz(flipped);
    (void)result;
  }
}

}  // namespace
}  // namespace verge::media
