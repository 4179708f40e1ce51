// Who this device is: the state folder, its files, and what enrolment put into them.
//
//   agent.json   device id, hub, group; written last, so its presence means "enrolled"
//   device.key device.crt ca.crt   mutual TLS; the key as key_store.h keeps it, the folder 0700
//   trust/       the publisher's root and what follows from it (trust.h)
//   agent.yaml   optional: params for apps and limits, written by the owner of the device
//   state.db outbox.db   see store.h, outbox.h
//   apps/NAME/{slot-a,slot-b,data}   staging/NAME
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "agent/key_store.h"
#include "base/status.h"

namespace verge::agent {

struct Identity {
  std::string device_id;
  std::string name;
  std::string group;
  std::string hub;  // URL
  // From files of their own:
  std::string key_pem;
  std::string certificate_pem;
  std::string ca_pem;
};

// Paths inside a state folder.
class StatePaths {
 public:
  explicit StatePaths(std::string dir) : dir_(std::move(dir)) {}
  const std::string& dir() const { return dir_; }
  std::string File(const std::string& name) const { return dir_ + "/" + name; }
  std::string AppDir(const std::string& app) const { return dir_ + "/apps/" + app; }
  std::string SlotDir(const std::string& app, const std::string& slot) const { return AppDir(app) + "/slot-" + slot; }
  std::string DataDir(const std::string& app) const { return AppDir(app) + "/data"; }
  std::string StagingDir(const std::string& app) const { return dir_ + "/staging/" + app; }

 private:
  std::string dir_;
};

Status SaveIdentity(const StatePaths& paths, const Identity& identity, const KeyProtection& protection = {});
// kFailedPrecondition when the device is not enrolled.
Result<Identity> LoadIdentity(const StatePaths& paths);

using AppParams = std::map<std::string, std::map<std::string, std::string>>;  // app -> parameter -> value
// What the owner of the device wrote into agent.yaml; all defaults without the file.
struct OwnerConfig {
  AppParams params;
  int64_t max_download_bytes_per_s = 0;  // 0: no limit
};
Result<OwnerConfig> LoadOwnerConfig(const StatePaths& paths);
// Adds "app.name=value".
Status AddParam(AppParams& params, const std::string& text);

}  // namespace verge::agent
