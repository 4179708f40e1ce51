#include "sys/mmap/mapped_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace verge::sys {
namespace {

std::string Write(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + name;
  FILE* file = std::fopen(path.c_str(), "wb");
  EXPECT_NE(file, nullptr);
  std::fwrite(text.data(), 1, text.size(), file);
  std::fclose(file);
  return path;
}

TEST(MappedFile, ShowsTheBytes) {
  const std::string path = Write("verge_mapped", "hello");
  auto mapped = MappedFile::Open(path);
  ASSERT_TRUE(mapped.ok()) << mapped.status().ToString();
  MappedFile moved = std::move(mapped).value();
  ASSERT_EQ(moved.bytes().size(), 5U);
  EXPECT_EQ(std::memcmp(moved.bytes().data(), "hello", 5), 0);
  std::filesystem::remove(path);  // the mapping outlives the name
  EXPECT_EQ(std::memcmp(moved.bytes().data(), "hello", 5), 0);
}

TEST(MappedFile, AnEmptyFileIsEmpty) {
  const std::string path = Write("verge_mapped_empty", "");
  const auto mapped = MappedFile::Open(path);
  ASSERT_TRUE(mapped.ok()) << mapped.status().ToString();
  EXPECT_TRUE(mapped->bytes().empty());
  std::filesystem::remove(path);
}

TEST(MappedFile, ErrorsNameThePath) {
  const auto missing = MappedFile::Open("/no/such/file");
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find("/no/such/file"), std::string_view::npos);
  EXPECT_EQ(MappedFile::Open("/").code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::sys
