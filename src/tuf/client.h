// The client workflow of the TUF specification: from a trusted root to a checked statement about a target.
//
//   VERGE_TRY_ASSIGN(Client client, Client::Open(store));      // the store holds root.json, put there at provisioning
//   VERGE_TRY(client.UpdateRoot(fetcher));                     // spec 5.3: the chain of roots, one version at a time
//   VERGE_TRY(client.Refresh(fetcher, now_ms));                // 5.4 to 5.6: timestamp, snapshot, targets
//   VERGE_TRY_ASSIGN(auto target, client.Find("app/1", &fetcher, now_ms));   // 5.6.7: delegations
//
// Attacks   rollback: no version may be below the trusted one, for the targets even when a stolen snapshot key lies;
//           freeze: whatever has expired is refused; mix and match: the snapshot names the version and hash of all;
//           endless data: each fetch has a limit; fast forward: the trusted versions of a role belong to its keys, new
//           keys in the root begin anew; keys below the threshold: verify.h.
// Time      comes from the caller (see agent/trust.h), who makes sure that it never goes back.
// Store     root.json; the others under names that hold a digest of their role's keys, so that a new root needs no
//           second write to forget what was signed by the old keys. A document that no longer verifies counts as
//           absent.
// Errors    kDataLoss: refused, the message says which document and why | what the fetcher returned.
// Threads   one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "tuf/delegation.h"
#include "tuf/metadata.h"
#include "tuf/store.h"

namespace verge::tuf {

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // The file of that name, for example "3.targets.json". kNotFound: there is none. It must stop after `max_bytes` with
  // kDataLoss, and see to it that a slow answer ends.
  virtual Result<std::string> Fetch(const std::string& name, uint64_t max_bytes) = 0;
};

class Client {
 public:
  // `store` outlives the client. kFailedPrecondition without a root; kDataLoss when it is not signed by itself.
  static Result<Client> Open(Store& store);

  const Root& root() const { return root_.value; }
  Status UpdateRoot(Fetcher& fetcher);
  Status Refresh(Fetcher& fetcher, int64_t now_ms);
  // What was trusted last, without network and whatever the time: for a check before the installation.
  // kFailedPrecondition when Refresh never got to the end.
  Status LoadTrusted();
  // After Refresh or LoadTrusted. `fetcher` null: delegated roles come from the store alone.
  Result<std::optional<Target>> Find(const std::string& path, Fetcher* fetcher, int64_t now_ms);
  // After Refresh or LoadTrusted.
  const Targets& targets() const { return targets_->value; }
  const Snapshot& snapshot() const { return snapshot_->value; }

 private:
  Client(Store& store, Document<Root> root) : store_(&store), root_(std::move(root)) { NameRoles(); }

  void NameRoles();
  void ForgetOthers();
  std::string FileName(const std::string& role, int64_t version) const;
  template <typename T>
  Result<std::optional<Document<T>>> LoadSigned(const std::string& name, Result<Document<T>> (*parse)(std::string_view),
                                                const Role& role);
  Status LoadTimestamp();
  Status LoadSnapshot();
  Result<std::optional<Document<Targets>>> LoadTargets();
  Status UpdateTimestamp(Fetcher& fetcher, int64_t now_ms);
  Status UpdateSnapshot(Fetcher& fetcher, int64_t now_ms);
  Status UpdateTargets(Fetcher& fetcher, int64_t now_ms);
  Status CheckNewSnapshot(const Document<Snapshot>& fresh) const;
  Result<const Targets*> Delegated(const Delegation& role, const Targets& parent, Fetcher* fetcher, int64_t now_ms);

  Store* store_;
  Document<Root> root_;
  std::string timestamp_name_, snapshot_name_, targets_name_;  // in the store
  std::optional<Document<Timestamp>> timestamp_;
  std::optional<Document<Snapshot>> snapshot_;
  std::optional<Document<Targets>> targets_;
  std::map<std::string, Document<Targets>> delegated_;  // those of this refresh
};

}  // namespace verge::tuf
