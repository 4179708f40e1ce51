#include "sys/library/shared_library.h"

#include <gtest/gtest.h>

namespace verge::sys {
namespace {

TEST(SharedLibrary, FindsWhatALibraryHas) {
  const auto library = SharedLibrary::Open("libm.so.6");
  ASSERT_TRUE(library.ok()) << library.status().ToString();
  const auto cosine = reinterpret_cast<double (*)(double)>(library->Find("cos"));
  ASSERT_NE(cosine, nullptr);
  EXPECT_EQ(cosine(0), 1);
  EXPECT_EQ(library->Find("no_such_function_of_anybody"), nullptr);
}

TEST(SharedLibrary, MissingOneIsNamedWithTheReason) {
  const auto library = SharedLibrary::Open("/no/such/folder/libx.so");
  ASSERT_EQ(library.code(), StatusCode::kNotFound);
  EXPECT_NE(library.status().message().find("/no/such/folder/libx.so"), std::string_view::npos);
}

TEST(SharedLibrary, FileThatIsNoLibraryIsRefused) {
  EXPECT_EQ(SharedLibrary::Open(VERGE_SOURCE_DIR "/CMakeLists.txt").code(), StatusCode::kNotFound);
}

TEST(SharedLibrary, NamesThatNoFileCanHaveAreRefused) {
  EXPECT_EQ(SharedLibrary::Open("").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(SharedLibrary::Open(std::string("a\0b", 3)).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::sys
