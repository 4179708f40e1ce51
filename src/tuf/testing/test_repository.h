// A repository in memory that tests can bend: every role has keys, every file can be replaced.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sys/crypto/sign.h"
#include "tuf/client.h"
#include "tuf/verify.h"

namespace verge::tuf {

inline constexpr int64_t kDayMs = 86'400'000;
inline constexpr int64_t kNowMs = 4'000'000'000'000;  // later than any clock

class MemoryStore final : public Store {
 public:
  Result<std::string> Read(const std::string& name) override {
    const auto found = files.find(name);
    if (found == files.end()) return VERGE_ERROR(kNotFound, name);
    return found->second;
  }
  Status Write(const std::string& name, std::string_view bytes) override {
    if (writes_left-- == 0) return VERGE_ERROR(kUnavailable, "power cut");
    files[name] = bytes;
    return Status::Ok();
  }
  Status Remove(const std::string& name) override {
    files.erase(name);
    return Status::Ok();
  }
  Result<std::vector<std::string>> List() override {
    std::vector<std::string> out;
    for (const auto& [name, bytes] : files) out.push_back(name);
    return out;
  }

  std::map<std::string, std::string> files;
  int writes_left = -1;  // counts down to a power cut; negative: never
};

class TestRepository final : public Fetcher {
 public:
  using Key = sys::Ed25519KeyPair;

  TestRepository() {
    root.version = 1;
    root.expires_ms = targets.expires_ms = snapshot.expires_ms = timestamp.expires_ms = kNowMs + 30 * kDayMs;
    targets.version = snapshot.version = timestamp.version = 1;
    SetRole(root.root, {root_key});
    SetRole(root.targets, {targets_key});
    SetRole(root.snapshot, {snapshot_key});
    SetRole(root.timestamp, {timestamp_key});
    targets.targets["app/1"] = DescribeTarget("first");
    PublishRoot({root_key});
    Publish();
  }

  Result<std::string> Fetch(const std::string& name, uint64_t max_bytes) override {
    asked.push_back(name);
    const auto found = files.find(name);
    if (found == files.end()) return VERGE_ERROR(kNotFound, name);
    if (found->second.size() > max_bytes) return VERGE_ERROR(kDataLoss, name + " is larger than allowed");
    return found->second;
  }

  void SetRole(Role& role, const std::vector<Key>& keys, int64_t threshold = 1) {
    role = {{}, threshold};
    for (const Key& key : keys) role.keyids.push_back(AddKey(root.keys, key));
  }
  static std::string AddKey(Keys& keys, const Key& key) {
    const tuf::Key pub = Ed25519Key(key.public_key);
    keys[KeyIdOf(pub)] = pub;
    return KeyIdOf(pub);
  }
  template <typename T>
  static std::string Signed(const T& value, const std::vector<Key>& keys) {
    Document<T> document = MakeDocument(value).value();
    for (const Key& key : keys) EXPECT_TRUE(AddSignature(document.canonical, key, document.signatures).ok());
    return document.Text();
  }
  void PublishRoot(const std::vector<Key>& keys) {
    files[std::to_string(root.version) + ".root.json"] = Signed(root, keys);
  }
  void PublishRole(const std::string& role, const Targets& value, const Key& key) {
    const std::string text = Signed(value, {key});
    files[std::to_string(value.version) + "." + role + ".json"] = text;
    snapshot.meta[role + ".json"] = DescribeFile(value.version, text);
  }
  // Targets, snapshot and timestamp as they are now.
  void Publish() {
    PublishRole("targets", targets, targets_key);
    PublishSnapshot();
  }
  void PublishSnapshot() {
    const std::string text = Signed(snapshot, {snapshot_key});
    files[std::to_string(snapshot.version) + ".snapshot.json"] = text;
    timestamp.snapshot = DescribeFile(snapshot.version, text);
    PublishTimestamp();
  }
  void PublishTimestamp() { files["timestamp.json"] = Signed(timestamp, {timestamp_key}); }
  // A new version of everything below the root.
  void Next() {
    ++targets.version;
    NextSnapshot();
    Publish();
  }
  void NextSnapshot() {
    ++snapshot.version;
    ++timestamp.version;
  }

  Key root_key = sys::GenerateEd25519();
  Key targets_key = sys::GenerateEd25519();
  Key snapshot_key = sys::GenerateEd25519();
  Key timestamp_key = sys::GenerateEd25519();
  Root root;
  Targets targets;
  Snapshot snapshot;
  Timestamp timestamp;
  std::map<std::string, std::string> files;
  std::vector<std::string> asked;
};

// A device that was given the first root, and refreshes with a client made anew each time, as after a restart.
class TestDevice {
 public:
  explicit TestDevice(const TestRepository& repository) {
    store.files["root.json"] = repository.files.at("1.root.json");
  }

  Status Refresh(TestRepository& repository, int64_t now_ms = kNowMs) {
    VERGE_TRY_ASSIGN(Client client, Client::Open(store));
    VERGE_TRY(client.UpdateRoot(repository));
    return client.Refresh(repository, now_ms);
  }
  // Refreshes and looks for a target.
  Result<std::optional<Target>> Find(TestRepository& repository, const std::string& path, int64_t now_ms = kNowMs) {
    VERGE_TRY_ASSIGN(Client client, Client::Open(store));
    VERGE_TRY(client.UpdateRoot(repository));
    VERGE_TRY(client.Refresh(repository, now_ms));
    return client.Find(path, &repository, now_ms);
  }

  MemoryStore store;
};

inline void ExpectRefused(const Status& status, const std::string& why) {
  EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status.ToString();
  EXPECT_NE(status.message().find(why), std::string_view::npos) << status.ToString();
}

}  // namespace verge::tuf
