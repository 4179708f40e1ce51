#include "hub/repository/online_keys.h"

#include <optional>
#include <utility>

#include "sys/file/file.h"
#include "tuf/key_file.h"

namespace verge::hub {
namespace {

Result<sys::Ed25519KeyPair> LoadOrMake(const std::string& stem) {
  if (!sys::Exists(stem + ".key")) {
    VERGE_TRY(sys::RemoveFile(stem + ".pub"));  // of a start that was cut in the middle
    VERGE_TRY(tuf::WriteKeyFiles(stem, sys::GenerateEd25519(), std::nullopt));
  }
  return tuf::ReadSecretKey(stem + ".key", nullptr);
}

std::string Public(const sys::Ed25519KeyPair& key) { return tuf::KeyText(tuf::Ed25519Key(key.public_key)); }

}  // namespace

Result<OnlineKeys> LoadOnlineKeys(const std::string& data_dir) {
  const std::string dir = sys::JoinPath(data_dir, "online");
  VERGE_TRY(sys::MakeDirs(dir, 0700));
  OnlineKeys out;
  VERGE_TRY_ASSIGN(out.timestamp, LoadOrMake(sys::JoinPath(dir, "timestamp")));
  VERGE_TRY_ASSIGN(out.snapshot, LoadOrMake(sys::JoinPath(dir, "snapshot")));
  VERGE_TRY_ASSIGN(out.director, LoadOrMake(sys::JoinPath(dir, "director")));
  return out;
}

std::string PublicKeysJson(const OnlineKeys& keys) {
  return R"({"timestamp":)" + Public(keys.timestamp) + R"(,"snapshot":)" + Public(keys.snapshot) + R"(,"director":)" +
         Public(keys.director) + "}";
}

}  // namespace verge::hub
