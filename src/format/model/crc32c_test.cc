#include "format/model/crc32c.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace verge::format {
namespace {

std::span<const std::byte> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(Crc32c({}), 0U);
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xe3069283U);  // the catalogue's check value
  // RFC 3720, appendix B.4.
  EXPECT_EQ(Crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(std::vector<std::byte>(32, std::byte{0xff})), 0x62a8ab43U);
}

TEST(Crc32c, PiecesGiveTheSameAsTheWhole) {
  const std::string_view text = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(AsBytes(text.substr(cut)), Crc32c(AsBytes(text.substr(0, cut)))), Crc32c(AsBytes(text)));
  }
}

// Bit by bit, by the definition.
TEST(Crc32c, EveryLengthFollowsTheDefinition) {
  std::vector<std::byte> bytes;
  uint32_t plain = 0xffffffffU;
  for (uint32_t i = 0; i < 300; ++i) {
    bytes.push_back(static_cast<std::byte>(i * 97 >> 2));
    plain ^= static_cast<uint32_t>(bytes.back());
    for (int bit = 0; bit < 8; ++bit) plain = (plain >> 1) ^ ((plain & 1U) != 0 ? 0x82f63b78U : 0U);
    ASSERT_EQ(Crc32c(bytes), ~plain) << bytes.size();
  }
}

}  // namespace
}  // namespace verge::format
