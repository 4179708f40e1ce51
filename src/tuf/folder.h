// The publisher's repository: a folder with every root and the newest targets, and how they change.
//
//   DIR/root.json                 the newest complete root: what a device gets at provisioning
//   DIR/metadata/N.root.json      N = 1, 2, ...
//   DIR/metadata/targets.json     and <role>.json for each delegated role
//
// A change makes a new version without signatures; Sign adds them, one key at a time, on whichever machine holds the
// key. A root that lacks signatures, and targets that have none yet, are changed in place; others get a successor.
//
// Keys      no secret key is kept here.
// Durable   each document is written as a whole; nothing else depends on the order.
// Errors    kNotFound / kAlreadyExists: no repository, or one, in the folder; kInvalidArgument: the change makes no
//           sense; kFailedPrecondition: signatures are missing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "sys/crypto/sign.h"
#include "tuf/metadata.h"
#include "tuf/published.h"
#include "tuf/verify.h"

namespace verge::tuf {

class Folder {
 public:
  // `first` names keys and roles; its version and expiry are set here. The targets begin empty.
  static Result<Folder> Create(const std::string& dir, Root first, int64_t root_expires_ms, int64_t targets_expires_ms);
  static Result<Folder> Open(const std::string& dir);

  const Root& root() const { return roots_.back().value; }
  // "targets" or a delegated role. kNotFound: nobody delegates to it.
  Result<Targets> role(const std::string& name) const;
  std::vector<std::string> role_names() const;

  Status SetRoot(Root next, int64_t expires_ms);
  Status SetRole(const std::string& name, Targets next, int64_t expires_ms);
  // Adds this key's signature wherever it belongs and is needed; returns the names of the documents.
  Result<std::vector<std::string>> Sign(const Signer& signer);
  Result<std::vector<std::string>> Sign(const sys::Ed25519KeyPair& key) { return Sign(SignerOf(key)); }

  struct State {
    std::string document;  // "root", "targets", a role
    int64_t version = 0;
    int64_t expires_ms = 0;
    size_t signers = 0;
    int64_t threshold = 0;
    bool is_complete = false;
    std::string lacks;  // for people: "1 more signature of role targets"
  };
  std::vector<State> States() const;
  // kFailedPrecondition names what is not complete.
  Result<Bundle> Pack() const;

 private:
  explicit Folder(std::string dir) : dir_(std::move(dir)) {}
  Status SaveRoot();
  Status SaveRole(const std::string& name);
  // The keys and role that must sign a role's document; null when nobody delegates to it.
  struct RoleSigners {
    const Keys* keys = nullptr;
    const Role* role = nullptr;
  };
  RoleSigners SignersOf(const std::string& name) const;
  std::string WhatRootLacks() const;
  std::string WhatRoleLacks(const std::string& name) const;

  std::string dir_;
  std::vector<Document<Root>> roots_;
  std::map<std::string, Document<Targets>> roles_;
};

}  // namespace verge::tuf
