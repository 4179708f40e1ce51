#include "sys/crypto/passphrase.h"

#include <gtest/gtest.h>

namespace verge::sys {
namespace {

constexpr SealOptions kCheap{1, 8192};

TEST(Passphrase, OpensWithTheSameAndNothingElse) {
  const SealedSecret sealed = SealWithPassphrase("secret", "horse", "key 1", kCheap).value();
  EXPECT_EQ(*OpenWithPassphrase(sealed, "horse", "key 1"), "secret");
  EXPECT_EQ(OpenWithPassphrase(sealed, "Horse", "key 1").code(), StatusCode::kPermission);
  EXPECT_EQ(OpenWithPassphrase(sealed, "horse", "key 2").code(), StatusCode::kPermission);
  for (size_t i = 0; i < sealed.box.size(); ++i) {
    SealedSecret changed = sealed;
    changed.box[i] = static_cast<char>(changed.box[i] ^ 1);
    EXPECT_EQ(OpenWithPassphrase(changed, "horse", "key 1").code(), StatusCode::kPermission);
  }
}

TEST(Passphrase, TwoBoxesOfOneSecretDiffer) {
  const SealedSecret a = SealWithPassphrase("secret", "horse", "", kCheap).value();
  const SealedSecret b = SealWithPassphrase("secret", "horse", "", kCheap).value();
  EXPECT_NE(a.salt, b.salt);
  EXPECT_NE(a.box, b.box);
}

TEST(Passphrase, HostileCostsAreRefused) {
  SealedSecret sealed = SealWithPassphrase("secret", "horse", "", kCheap).value();
  for (const auto& [ops, memory] : {std::pair<int64_t, int64_t>{0, 8192},
                                    {kMaxSealOps + 1, 8192},
                                    {1, 0},
                                    {1, kMaxSealMemoryBytes + 1},
                                    {-1, -1}}) {
    sealed.ops = ops;
    sealed.memory_bytes = memory;
    EXPECT_EQ(OpenWithPassphrase(sealed, "horse", "").code(), StatusCode::kInvalidArgument);
  }
  sealed = SealWithPassphrase("secret", "horse", "", kCheap).value();
  sealed.box.resize(3);
  EXPECT_EQ(OpenWithPassphrase(sealed, "horse", "").code(), StatusCode::kInvalidArgument);
}

TEST(Passphrase, WipingLeavesNothing) {
  std::string text = "secret";
  WipeString(text);
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace verge::sys
