#include "format/package/delta_manifest.h"

#include <gtest/gtest.h>

namespace verge::package {
namespace {

DeltaManifest Example() {
  const Descriptor subject = DescribeBytes(kManifestType, "the package");
  return {subject,
          {{DescribeBytes(kDeltaType, "a delta"), DescribeBytes(kFileType, "old").digest, 3,
            DescribeBytes(kFileType, "new").digest}}};
}

TEST(DeltaManifest, IsReadAsItWasWritten) {
  const std::string text = WriteDeltaManifest(Example());
  const Result<DeltaManifest> read = ParseDeltaManifest(text);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->subject, Example().subject);
  EXPECT_EQ(read->deltas, Example().deltas);
  EXPECT_EQ(WriteDeltaManifest(*read), text);
}

TEST(DeltaManifest, RefusesWhatItIsNot) {
  const std::string text = WriteDeltaManifest(Example());
  for (const auto& [from, to] : {std::pair{"delta.v1\",\"config", "other.v1\",\"config"},
                                 {"\"3\"", "\"-3\""},
                                 {"\"3\"", "\"3x\""},
                                 {"sha256:", "sha255:"},
                                 {"base-size", "base-seize"}}) {
    std::string wrong = text;
    const size_t at = wrong.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    wrong.replace(at, std::string_view(from).size(), to);
    EXPECT_EQ(ParseDeltaManifest(wrong).code(), StatusCode::kDataLoss) << wrong;
  }
}

}  // namespace
}  // namespace verge::package
