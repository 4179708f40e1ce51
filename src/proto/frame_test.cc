#include "proto/frame.h"

#include <gtest/gtest.h>

namespace verge::proto {
namespace {

TEST(Frame, BytesAreAsDocumented) { EXPECT_EQ(*EncodeFrame("{}"), std::string("\2\0\0\0{}", 6)); }

TEST(Frame, ComesTogetherFromAnyPieces) {
  const std::string stream = *EncodeFrame("one") + *EncodeFrame(std::string(70000, 'x')) + *EncodeFrame("3");
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{4096}, stream.size()}) {
    FrameDecoder decoder;
    std::string seen;
    for (size_t at = 0; at < stream.size(); at += piece) {
      decoder.Feed(std::string_view(stream).substr(at, piece));
      while (true) {
        Result<std::optional<std::string>> next = decoder.Next();
        ASSERT_TRUE(next.ok());
        if (!next->has_value()) break;
        seen += std::to_string((*next)->size()) + " ";
      }
    }
    EXPECT_EQ(seen, "3 70000 1 ");
    EXPECT_EQ(decoder.pending_bytes(), 0u);
  }
}

TEST(Frame, RefusesLengthsOutOfRange) {
  EXPECT_FALSE(EncodeFrame("").ok());
  EXPECT_FALSE(EncodeFrame(std::string(kMaxFrameBytes + 1, 'x')).ok());
  EXPECT_TRUE(EncodeFrame(std::string(kMaxFrameBytes, 'x')).ok());
  for (const std::string& header :
       {std::string("\0\0\0\0", 4), std::string("\1\0\x10\0", 4), std::string("\xff\xff\xff\xff")}) {
    FrameDecoder decoder;
    decoder.Feed(header);
    EXPECT_EQ(decoder.Next().code(), StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace verge::proto
