#include "sys/file/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "sys/file/file_lock.h"
#include "sys/file/mapped_file.h"
#include "sys/file/output_file.h"
#include "sys/file/temp_dir.h"

namespace verge::sys {
namespace {

class FileTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return dir_.File(name); }
  TempDir dir_ = TempDir::Create().value();
};

TEST_F(FileTest, AtomicWriteReplacesAndKeepsMode) {
  ASSERT_TRUE(WriteFileAtomic(Path("a"), "one", 0600).ok());
  ASSERT_TRUE(WriteFileAtomic(Path("a"), "two", 0600).ok());
  EXPECT_EQ(*ReadFile(Path("a"), 10), "two");
  struct stat info{};
  ASSERT_EQ(stat(Path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(ListDir(dir_.path())->size(), 1u) << "a temporary was left behind";
}

// In a container a restarted process has its predecessor's number, and meets what that left half written.
TEST_F(FileTest, AtomicWriteReplacesLeftoversOfADeadProcess) {
  for (int i = 0; i < 1024; ++i) {
    const std::string leftover = Path("a") + ".tmp." + std::to_string(getpid()) + "." + std::to_string(i);
    std::ofstream(leftover) << "half";
  }
  ASSERT_TRUE(WriteFileAtomic(Path("a"), "whole").ok());
  EXPECT_EQ(*ReadFile(Path("a"), 10), "whole");
  EXPECT_EQ(ListDir(dir_.path())->size(), 1024u) << "the write did not meet a leftover: it was to take one's place";
}

TEST_F(FileTest, ReadRefusesMoreThanTheLimit) {
  ASSERT_TRUE(WriteFileAtomic(Path("a"), "12345").ok());
  EXPECT_EQ(*ReadFile(Path("a"), 5), "12345");
  const Result<std::string> refused = ReadFile(Path("a"), 4);
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_NE(refused.status().message().find(Path("a")), std::string::npos);
}

TEST_F(FileTest, ErrorsNameThePath) {
  const Result<std::string> missing = ReadFile(Path("none"), 10);
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_NE(missing.status().message().find(Path("none")), std::string::npos);
  EXPECT_EQ(WriteFileAtomic(Path("no/such/folder"), "x").code(), StatusCode::kNotFound);
  EXPECT_FALSE(ReadFile(dir_.path(), 10).ok());
}

TEST_F(FileTest, MakeDirsAndRemoveTreeDoNotFollowLinks) {
  ASSERT_TRUE(MakeDirs(Path("outside")).ok());
  ASSERT_TRUE(WriteFileAtomic(Path("outside/keep"), "x").ok());
  ASSERT_TRUE(MakeDirs(Path("tree/a/b")).ok());
  ASSERT_TRUE(MakeDirs(Path("tree/a/b")).ok());
  ASSERT_TRUE(WriteFileAtomic(Path("tree/a/b/c"), "x").ok());
  ASSERT_EQ(symlink(Path("outside").c_str(), Path("tree/link").c_str()), 0);
  EXPECT_EQ(ListFilesRecursive(Path("tree"), 10).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(RemoveTree(Path("tree")).ok());
  EXPECT_FALSE(Exists(Path("tree")));
  EXPECT_TRUE(Exists(Path("outside/keep")));
  EXPECT_TRUE(RemoveTree(Path("tree")).ok()) << "a missing tree is no error";
  EXPECT_EQ(MakeDirs(Path("outside/keep")).code(), StatusCode::kFailedPrecondition);
}

TEST_F(FileTest, ListsFilesSortedAndLimited) {
  ASSERT_TRUE(MakeDirs(Path("t/b")).ok());
  for (const char* name : {"t/z", "t/b/x", "t/a"}) ASSERT_TRUE(WriteFileAtomic(Path(name), "x").ok());
  EXPECT_EQ(*ListFilesRecursive(Path("t"), 3), (std::vector<std::string>{"a", "b/x", "z"}));
  EXPECT_EQ(ListFilesRecursive(Path("t"), 2).code(), StatusCode::kResourceExhausted);
}

TEST_F(FileTest, OutputFileGoesOnWhereItStopped) {
  {
    Result<OutputFile> out = OutputFile::Open(Path("d"), false);
    ASSERT_TRUE(out.ok());
    ASSERT_TRUE(out->Write("abc").ok());
  }
  Result<OutputFile> again = OutputFile::Open(Path("d"), false);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->size_bytes(), 3u);
  ASSERT_TRUE(again->Write("def").ok());
  ASSERT_TRUE(again->Sync().ok());
  EXPECT_EQ(*ReadFile(Path("d"), 10), "abcdef");
}

TEST_F(FileTest, MapsBytes) {
  ASSERT_TRUE(WriteFileAtomic(Path("m"), "hello").ok());
  Result<MappedFile> map = MappedFile::Open(Path("m"));
  ASSERT_TRUE(map.ok());
  const MappedFile moved = std::move(map).value();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(moved.bytes().data()), moved.bytes().size()), "hello");
  ASSERT_TRUE(WriteFileAtomic(Path("empty"), "").ok());
  EXPECT_TRUE(MappedFile::Open(Path("empty"))->bytes().empty());
}

TEST_F(FileTest, LockIsExclusiveAndFreedAtTheEnd) {
  {
    const Result<FileLock> first = FileLock::Acquire(Path("lock"));
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(FileLock::Acquire(Path("lock")).code(), StatusCode::kFailedPrecondition);
  }
  EXPECT_TRUE(FileLock::Acquire(Path("lock")).ok());
}

TEST_F(FileTest, RenamesAndTellsFreeSpace) {
  ASSERT_TRUE(WriteFileAtomic(Path("from"), "x").ok());
  ASSERT_TRUE(RenameDurable(Path("from"), Path("to")).ok());
  EXPECT_FALSE(Exists(Path("from")));
  EXPECT_EQ(*FileSize(Path("to")), 1u);
  EXPECT_GT(*FreeSpace(dir_.path()), 0u);
}

TEST(Paths, JoinAndParent) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b"), "a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(ParentPath("a/b"), "a");
  EXPECT_EQ(ParentPath("/a"), "/");
  EXPECT_EQ(ParentPath("a"), ".");
}

TEST_F(FileTest, DroppedPagesOfAMapAreReadAgain) {
  const std::string path = Path("pages"), text(5 * 4096 + 7, 'v');
  ASSERT_TRUE(WriteFileAtomic(path, text).ok());
  Result<MappedFile> file = MappedFile::Open(path);
  ASSERT_TRUE(file.ok());
  const auto content = [&] { return std::string(reinterpret_cast<const char*>(file->bytes().data()), text.size()); };
  EXPECT_EQ(content(), text);
  file->Drop(file->bytes().subspan(100, 3 * 4096));
  EXPECT_EQ(content(), text);
  std::string other(3 * 4096, 'x');  // somebody else's memory keeps what it holds
  file->Drop(std::as_bytes(std::span(other)));
  EXPECT_EQ(other, std::string(3 * 4096, 'x'));
  EXPECT_EQ(content(), text);
}

}  // namespace
}  // namespace verge::sys
