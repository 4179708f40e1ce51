// The hub's folder: what `verge-hub init` makes and `verge-hub serve` needs.
//
//   ca.pem ca.key          the CA of this hub (key: mode 0600)
//   server.pem server.key  its TLS certificate (key: mode 0600)
//   hub.db                 the database
//   admin.token            the first operator's token (mode 0600)
//   blobs/ uploads/        packages
//   online/                keys of the roles the hub signs for (mode 0600)
//   repository/            what publishers signed, snapshot, timestamp
//   hub.lock               held by the process that serves
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "sys/crypto/x509.h"

namespace verge::hub {

struct InitOptions {
  std::string data_dir;
  std::vector<std::string> names;  // DNS names and addresses the hub answers for
};

// Makes a new hub. kAlreadyExists when the folder holds one: nothing is changed then. The last file written is
// admin.token: a folder without it is an interrupted init and may be used again.
Status InitDataDir(const InitOptions& options);

struct Keys {
  sys::KeyAndCertificate ca;
  sys::KeyAndCertificate server;
};
// kNotFound says to run init.
Result<Keys> LoadKeys(const std::string& data_dir);

inline constexpr char kDatabaseFile[] = "hub.db";
inline constexpr char kTokenFile[] = "admin.token";
inline constexpr char kLockFile[] = "hub.lock";

}  // namespace verge::hub
