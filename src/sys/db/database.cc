#include "sys/db/database.h"

#include <sqlite3.h>

#include <cstddef>
#include <utility>

namespace verge::sys {
namespace {

struct DbCloser {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct StatementCloser {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

Status SqliteError(sqlite3* db, int code, const std::string& path) {
  std::string text = path + ": " + (db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code));
  const int extended = db != nullptr ? sqlite3_extended_errcode(db) : code;
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return VERGE_ERROR(kAborted, std::move(text));
    case SQLITE_CONSTRAINT:
      if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return VERGE_ERROR(kAlreadyExists, std::move(text));
      }
      return VERGE_ERROR(kInvalidArgument, std::move(text));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return VERGE_ERROR(kDataLoss, std::move(text));
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG: return VERGE_ERROR(kResourceExhausted, std::move(text));
    case SQLITE_CANTOPEN: return VERGE_ERROR(kNotFound, std::move(text));
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH: return VERGE_ERROR(kPermission, std::move(text));
    case SQLITE_ERROR:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH: return VERGE_ERROR(kInvalidArgument, std::move(text));
    default: return VERGE_ERROR(kUnavailable, std::move(text));
  }
}

}  // namespace

struct Database::Impl {
  std::unique_ptr<sqlite3, DbCloser> db;
  std::string path;
};

struct Statement::Impl {
  std::unique_ptr<sqlite3_stmt, StatementCloser> statement;
  std::string path;

  sqlite3* db() const { return sqlite3_db_handle(statement.get()); }
  int BindOne(int index, const DbValue& value) const;
};

int Statement::Impl::BindOne(int index, const DbValue& value) const {
  sqlite3_stmt* s = statement.get();
  const auto& v = value.get();
  if (const auto* integer = std::get_if<int64_t>(&v)) return sqlite3_bind_int64(s, index, *integer);
  if (const auto* real = std::get_if<double>(&v)) return sqlite3_bind_double(s, index, *real);
  if (const auto* text = std::get_if<std::string_view>(&v)) {
    return sqlite3_bind_text64(s, index, text->data() != nullptr ? text->data() : "", text->size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&v)) {
    if (blob->bytes.empty()) return sqlite3_bind_zeroblob(s, index, 0);
    return sqlite3_bind_blob64(s, index, blob->bytes.data(), blob->bytes.size(), SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(s, index);
}

Statement::Statement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Status Statement::Bind(std::initializer_list<DbValue> values) {
  return Bind(std::span<const DbValue>(values.begin(), values.size()));
}

Status Statement::Bind(std::span<const DbValue> values) {
  sqlite3_stmt* s = impl_->statement.get();
  sqlite3_reset(s);  // repeats the error of the last step, which was reported then
  sqlite3_clear_bindings(s);
  if (sqlite3_bind_parameter_count(s) != static_cast<int>(values.size())) {
    return VERGE_ERROR(kInternal, impl_->path + ": wrong number of parameters for " + sqlite3_sql(s));
  }
  int index = 1;
  for (const DbValue& value : values) {
    const int code = impl_->BindOne(index++, value);
    if (code != SQLITE_OK) return SqliteError(impl_->db(), code, impl_->path);
  }
  return Status::Ok();
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(impl_->statement.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(impl_->statement.get());  // lets go of locks at once
    return false;
  }
  Status error = SqliteError(impl_->db(), code, impl_->path);
  sqlite3_reset(impl_->statement.get());
  return error;
}

Status Statement::Run(std::initializer_list<DbValue> values) {
  VERGE_TRY(Bind(values));
  while (true) {
    VERGE_TRY_ASSIGN(const bool row, Step());
    if (!row) return Status::Ok();
  }
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(impl_->statement.get(), column) == SQLITE_NULL; }
int64_t Statement::Int(int column) const { return sqlite3_column_int64(impl_->statement.get(), column); }
double Statement::Real(int column) const { return sqlite3_column_double(impl_->statement.get(), column); }

std::string Statement::Text(int column) const {
  const void* data = sqlite3_column_blob(impl_->statement.get(), column);
  const int size = sqlite3_column_bytes(impl_->statement.get(), column);
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::Open(const std::string& path, const Options& options) {
  sqlite3* raw = nullptr;
  const int flags = (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  auto impl = std::make_unique<Impl>();
  impl->db.reset(raw);
  impl->path = path;
  if (code != SQLITE_OK) return SqliteError(raw, code, path);
  sqlite3_busy_timeout(raw, options.busy_timeout_ms);
  Database db(std::move(impl));
  VERGE_TRY(db.Execute("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"));
  if (!options.read_only) {
    VERGE_TRY(db.Execute(options.durable ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                         : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"));
  }
  return db;
}

Status Database::Execute(const std::string& sql) {
  const int code = sqlite3_exec(impl_->db.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status::Ok() : SqliteError(impl_->db.get(), code, impl_->path);
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(impl_->db.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  if (code != SQLITE_OK) return SqliteError(impl_->db.get(), code, impl_->path);
  if (raw == nullptr) return VERGE_ERROR(kInternal, impl_->path + ": empty SQL statement");
  auto impl = std::make_unique<Statement::Impl>();
  impl->statement.reset(raw);
  impl->path = impl_->path;
  return Statement(std::move(impl));
}

Status Database::Run(std::string_view sql, std::initializer_list<DbValue> values) {
  VERGE_TRY_ASSIGN(Statement statement, Prepare(sql));
  return statement.Run(values);
}

Result<std::optional<int64_t>> Database::QueryInt(std::string_view sql, std::initializer_list<DbValue> values) {
  VERGE_TRY_ASSIGN(Statement statement, Prepare(sql));
  VERGE_TRY(statement.Bind(values));
  VERGE_TRY_ASSIGN(const bool row, statement.Step());
  if (!row || statement.IsNull(0)) return std::optional<int64_t>();
  return std::optional<int64_t>(statement.Int(0));
}

Result<std::optional<std::string>> Database::QueryText(std::string_view sql, std::initializer_list<DbValue> values) {
  VERGE_TRY_ASSIGN(Statement statement, Prepare(sql));
  VERGE_TRY(statement.Bind(values));
  VERGE_TRY_ASSIGN(const bool row, statement.Step());
  if (!row || statement.IsNull(0)) return std::optional<std::string>();
  return std::optional<std::string>(statement.Text(0));
}

Status Database::Migrate(std::span<const std::string_view> migrations) {
  VERGE_TRY_ASSIGN(const std::optional<int64_t> version, QueryInt("PRAGMA user_version", {}));
  const size_t have = static_cast<size_t>(version.value_or(0));
  if (have > migrations.size()) {
    return VERGE_ERROR(kFailedPrecondition, impl_->path + ": schema version " + std::to_string(have) +
                                                " is newer than this program knows (" +
                                                std::to_string(migrations.size()) + "): use a newer program");
  }
  for (size_t i = have; i < migrations.size(); ++i) {
    VERGE_TRY_ASSIGN(Transaction transaction, Transaction::Begin(*this));
    VERGE_TRY(Execute(std::string(migrations[i])));
    VERGE_TRY(Execute("PRAGMA user_version=" + std::to_string(i + 1)));
    VERGE_TRY(transaction.Commit());
  }
  return Status::Ok();
}

int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(impl_->db.get()); }
int64_t Database::changes() const { return sqlite3_changes64(impl_->db.get()); }

Result<Transaction> Transaction::Begin(Database& db) {
  VERGE_TRY(db.Execute("BEGIN IMMEDIATE"));
  return Transaction(db);
}

Status Transaction::Commit() {
  VERGE_TRY(db_->Execute("COMMIT"));
  db_ = nullptr;
  return Status::Ok();
}

Transaction::~Transaction() {
  if (db_ == nullptr || sqlite3_get_autocommit(db_->impl_->db.get()) != 0) return;
  const Status rolled_back = db_->Execute("ROLLBACK");
  (void)rolled_back;  // SQLite rolls back by itself when the connection closes
}

}  // namespace verge::sys
