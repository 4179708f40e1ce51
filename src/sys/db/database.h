// The door to SQLite: a connection, prepared statements, transactions that roll back, numbered migrations.
//
//   VERGE_TRY_ASSIGN(Database db, Database::Open(path, {}));
//   VERGE_TRY(db.Migrate(kMigrations));
//   VERGE_TRY_ASSIGN(Statement insert, db.Prepare("INSERT INTO t(a, b) VALUES(?, ?)"));
//   VERGE_TRY(insert.Run({7, "text"}));
//
// Errors    name the database file and SQLite's reason. kAborted: busy or locked, restart the transaction;
//           kAlreadyExists: a uniqueness constraint; kInvalidArgument: any other constraint, or wrong SQL;
//           kDataLoss: the file is damaged or not a database; kResourceExhausted: disk full.
// Threads   a Database and what came from it belong to one thread at a time.
// Lifetime  statements and transactions end before their Database does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/status.h"

namespace verge::sys {

// Bytes that are not text.
struct Blob {
  std::string_view bytes;
};

// What a statement parameter can be. Borrows text and bytes until the statement was stepped.
class DbValue {
 public:
  DbValue(std::nullptr_t) {}                                              // NOLINT(google-explicit-constructor)
  DbValue(int value) : value_(static_cast<int64_t>(value)) {}             // NOLINT(google-explicit-constructor)
  DbValue(int64_t value) : value_(value) {}                               // NOLINT(google-explicit-constructor)
  DbValue(double value) : value_(value) {}                                // NOLINT(google-explicit-constructor)
  DbValue(bool value) : value_(static_cast<int64_t>(value)) {}            // NOLINT(google-explicit-constructor)
  DbValue(const char* value) : value_(std::string_view(value)) {}         // NOLINT(google-explicit-constructor)
  DbValue(std::string_view value) : value_(value) {}                      // NOLINT(google-explicit-constructor)
  DbValue(const std::string& value) : value_(std::string_view(value)) {}  // NOLINT(google-explicit-constructor)
  DbValue(Blob value) : value_(value) {}                                  // NOLINT(google-explicit-constructor)
  template <typename T>
  DbValue(const std::optional<T>& value) {  // NOLINT(google-explicit-constructor)
    if (value) value_ = DbValue(*value).value_;
  }
  const std::variant<std::monostate, int64_t, double, std::string_view, Blob>& get() const { return value_; }

 private:
  std::variant<std::monostate, int64_t, double, std::string_view, Blob> value_;
};

class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Starts afresh with these parameters, in order; their number must be the statement's.
  Status Bind(std::initializer_list<DbValue> values);
  Status Bind(std::span<const DbValue> values);
  // True: a row can be read. False: done.
  Result<bool> Step();
  // Bind and step to the end; rows are thrown away.
  Status Run(std::initializer_list<DbValue> values);

  // Columns of the current row, from 0; only after Step() gave true. NULL reads as 0 or "".
  bool IsNull(int column) const;
  int64_t Int(int column) const;
  double Real(int column) const;
  std::string Text(int column) const;  // also for blobs: the bytes

 private:
  friend class Database;
  struct Impl;
  explicit Statement(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Database {
 public:
  struct Options {
    // synchronous=FULL: a committed transaction survives power loss. Otherwise it survives a crash of the process only.
    bool durable = true;
    bool read_only = false;
    int busy_timeout_ms = 5000;
  };
  // Creates the file when missing (mode 0600 bits of the umask apply). ":memory:" is a database of its own.
  static Result<Database> Open(const std::string& path, const Options& options);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Runs any number of statements separated by ';', without parameters.
  Status Execute(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  // One statement with parameters.
  Status Run(std::string_view sql, std::initializer_list<DbValue> values);
  // First column of the first row; empty when there is no row or it is NULL.
  Result<std::optional<int64_t>> QueryInt(std::string_view sql, std::initializer_list<DbValue> values);
  Result<std::optional<std::string>> QueryText(std::string_view sql, std::initializer_list<DbValue> values);

  // Brings the schema up to migrations.size(): runs those after the database's user_version, each in a transaction.
  // A database that is newer than this program is kFailedPrecondition.
  Status Migrate(std::span<const std::string_view> migrations);

  int64_t last_insert_id() const;
  // Rows changed by the last INSERT, UPDATE or DELETE.
  int64_t changes() const;

 private:
  friend class Transaction;
  friend class Statement;
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// BEGIN IMMEDIATE ... COMMIT; rolls back when it goes out of scope uncommitted. No nesting.
class Transaction {
 public:
  static Result<Transaction> Begin(Database& db);
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status Commit();

 private:
  explicit Transaction(Database& db) : db_(&db) {}
  Database* db_;
};

}  // namespace verge::sys
