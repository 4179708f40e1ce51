#include "sys/db/database.h"

#include <gtest/gtest.h>

#include <array>

#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::sys {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  Database Open() { return Database::Open(path_, {}).value(); }
  TempDir dir_ = TempDir::Create().value();
  std::string path_ = dir_.File("t.db");
};

TEST_F(DatabaseTest, BindsAndReadsEveryType) {
  Database db = Open();
  ASSERT_TRUE(db.Execute("CREATE TABLE t(a, b, c, d, e)").ok());
  const std::string bytes("\0\xff", 2);
  ASSERT_TRUE(db.Run("INSERT INTO t VALUES(?,?,?,?,?)", {int64_t{1} << 40, 0.5, "x'y", Blob{bytes}, nullptr}).ok());
  Statement query = db.Prepare("SELECT * FROM t").value();
  ASSERT_TRUE(query.Bind({}).ok());
  ASSERT_TRUE(*query.Step());
  EXPECT_EQ(query.Int(0), int64_t{1} << 40);
  EXPECT_EQ(query.Real(1), 0.5);
  EXPECT_EQ(query.Text(2), "x'y");
  EXPECT_EQ(query.Text(3), bytes);
  EXPECT_TRUE(query.IsNull(4));
  EXPECT_FALSE(*query.Step());
}

TEST_F(DatabaseTest, IsWalAndFullySynchronous) {
  Database db = Open();
  EXPECT_EQ(**db.QueryText("PRAGMA journal_mode", {}), "wal");
  EXPECT_EQ(**db.QueryInt("PRAGMA synchronous", {}), 2);
}

TEST_F(DatabaseTest, TransactionRollsBackUnlessCommitted) {
  Database db = Open();
  ASSERT_TRUE(db.Execute("CREATE TABLE t(a)").ok());
  {
    Result<Transaction> lost = Transaction::Begin(db);
    ASSERT_TRUE(lost.ok());
    ASSERT_TRUE(db.Run("INSERT INTO t VALUES(1)", {}).ok());
  }
  EXPECT_EQ(**db.QueryInt("SELECT count(*) FROM t", {}), 0);
  {
    Result<Transaction> kept = Transaction::Begin(db);
    ASSERT_TRUE(kept.ok());
    ASSERT_TRUE(db.Run("INSERT INTO t VALUES(1)", {}).ok());
    ASSERT_TRUE(kept->Commit().ok());
  }
  EXPECT_EQ(**db.QueryInt("SELECT count(*) FROM t", {}), 1);
}

TEST_F(DatabaseTest, MigratesStepByStepAndRefusesANewerSchema) {
  const std::array<std::string_view, 2> two = {"CREATE TABLE a(x)", "CREATE TABLE b(x); INSERT INTO b VALUES(5)"};
  {
    Database db = Open();
    ASSERT_TRUE(db.Migrate(std::span(two).first(1)).ok());
    ASSERT_TRUE(db.Migrate(two).ok());
    ASSERT_TRUE(db.Migrate(two).ok());
    EXPECT_EQ(**db.QueryInt("SELECT count(*) FROM b", {}), 1);
  }
  Database db = Open();
  EXPECT_EQ(db.Migrate(std::span(two).first(1)).code(), StatusCode::kFailedPrecondition);
}

TEST_F(DatabaseTest, AFailedMigrationChangesNothing) {
  const std::array<std::string_view, 1> bad = {"CREATE TABLE a(x); nonsense"};
  Database db = Open();
  EXPECT_EQ(db.Migrate(bad).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(**db.QueryInt("SELECT count(*) FROM sqlite_schema", {}), 0);
  EXPECT_EQ(**db.QueryInt("PRAGMA user_version", {}), 0);
}

TEST_F(DatabaseTest, ErrorsHaveCodesAndNameTheFile) {
  Database db = Open();
  ASSERT_TRUE(db.Execute("CREATE TABLE t(a UNIQUE, b NOT NULL)").ok());
  ASSERT_TRUE(db.Run("INSERT INTO t VALUES(1, 1)", {}).ok());
  EXPECT_EQ(db.Run("INSERT INTO t VALUES(1, 1)", {}).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(db.Run("INSERT INTO t VALUES(2, NULL)", {}).code(), StatusCode::kInvalidArgument);
  const Status wrong = db.Execute("SELECT nonsense");
  EXPECT_EQ(wrong.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(wrong.message().find(path_), std::string::npos);
  EXPECT_EQ(db.Run("INSERT INTO t VALUES(?, ?)", {1}).code(), StatusCode::kInternal);
  EXPECT_EQ(Database::Open(dir_.File("no/such/x.db"), {}).code(), StatusCode::kNotFound);
  ASSERT_TRUE(WriteFileAtomic(dir_.File("bad.db"), std::string(4096, 'x')).ok());
  EXPECT_EQ(Database::Open(dir_.File("bad.db"), {}).code(), StatusCode::kDataLoss);
}

TEST_F(DatabaseTest, ALockedDatabaseIsAborted) {
  Database first = Open();
  Database second = Database::Open(path_, {.busy_timeout_ms = 1}).value();
  const Result<Transaction> held = Transaction::Begin(first);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(Transaction::Begin(second).code(), StatusCode::kAborted);
}

}  // namespace
}  // namespace verge::sys
