#include "hub/data_dir.h"

#include "hub/auth/auth.h"
#include "hub/store/sqlite/sqlite_store.h"
#include "sys/clock/clock.h"
#include "sys/file/file.h"
#include "sys/file/file_lock.h"

namespace verge::hub {
namespace {

constexpr int kCaDays = 7300;
constexpr int kServerDays = 3650;
constexpr uint64_t kMaxKeyFile = 65536;

Status WriteKeys(const std::string& dir, const std::vector<std::string>& names) {
  VERGE_TRY_ASSIGN(const sys::KeyAndCertificate ca, sys::CreateCa("Verge hub CA", kCaDays));
  VERGE_TRY_ASSIGN(const sys::KeyAndCertificate server, sys::CreateServerCertificate(ca, names, kServerDays));
  VERGE_TRY(sys::WriteFileAtomic(dir + "/ca.key", ca.key_pem, 0600));
  VERGE_TRY(sys::WriteFileAtomic(dir + "/ca.pem", ca.certificate_pem, 0644));
  VERGE_TRY(sys::WriteFileAtomic(dir + "/server.key", server.key_pem, 0600));
  return sys::WriteFileAtomic(dir + "/server.pem", server.certificate_pem, 0644);
}

// An interrupted init may have left a database with an operator whose token nobody has.
Status RemoveDatabase(const std::string& dir) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    VERGE_TRY(sys::RemoveFile(sys::JoinPath(dir, kDatabaseFile) + suffix));
  }
  return Status::Ok();
}

}  // namespace

Status InitDataDir(const InitOptions& options) {
  const std::string& dir = options.data_dir;
  VERGE_TRY(sys::MakeDirs(dir, 0700));
  const std::string token_path = sys::JoinPath(dir, kTokenFile);
  if (sys::Exists(token_path)) {
    return VERGE_ERROR(kAlreadyExists, dir + " holds a hub already: serve it, or choose another folder");
  }
  VERGE_TRY_ASSIGN(const sys::FileLock lock, sys::FileLock::Acquire(sys::JoinPath(dir, kLockFile)));
  VERGE_TRY(WriteKeys(dir, options.names));
  VERGE_TRY(RemoveDatabase(dir));
  VERGE_TRY_ASSIGN(const std::unique_ptr<Store> store, OpenSqliteStore(sys::JoinPath(dir, kDatabaseFile)));
  VERGE_TRY(sys::SetMode(sys::JoinPath(dir, kDatabaseFile), 0600));
  const std::string token = NewOperatorToken();
  VERGE_TRY(store->AddOperator("admin", TokenHash(token), sys::SystemClock().WallMs()));
  return sys::WriteFileAtomic(token_path, token + "\n", 0600);
}

Result<Keys> LoadKeys(const std::string& data_dir) {
  if (!sys::Exists(sys::JoinPath(data_dir, kTokenFile))) {
    return VERGE_ERROR(kNotFound, data_dir + " holds no hub: make one with verge-hub init --data " + data_dir);
  }
  Keys keys;
  VERGE_TRY_ASSIGN(keys.ca.key_pem, sys::ReadFile(sys::JoinPath(data_dir, "ca.key"), kMaxKeyFile));
  VERGE_TRY_ASSIGN(keys.ca.certificate_pem, sys::ReadFile(sys::JoinPath(data_dir, "ca.pem"), kMaxKeyFile));
  VERGE_TRY_ASSIGN(keys.server.key_pem, sys::ReadFile(sys::JoinPath(data_dir, "server.key"), kMaxKeyFile));
  VERGE_TRY_ASSIGN(keys.server.certificate_pem, sys::ReadFile(sys::JoinPath(data_dir, "server.pem"), kMaxKeyFile));
  return keys;
}

}  // namespace verge::hub
