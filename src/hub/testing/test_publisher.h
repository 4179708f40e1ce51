// A publisher for tests of the hub: a repository in memory, whose root names the hub's online keys.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "hub/testing/test_hub.h"
#include "sys/crypto/sign.h"
#include "tuf/published.h"
#include "tuf/verify.h"

namespace verge::hub {

class TestPublisher {
 public:
  explicit TestPublisher(const TestHub& hub) {
    const int64_t far_ms = int64_t{4'000'000'000'000};
    root.version = targets.version = 1;
    root.expires_ms = targets.expires_ms = far_ms;
    AddKey(tuf::Ed25519Key(root_key.public_key), root.root);
    AddKey(tuf::Ed25519Key(targets_key.public_key), root.targets);
    NameOnlineKeys(hub);
  }

  void NameOnlineKeys(const TestHub& hub) {
    const auto keys = nlohmann::json::parse(hub.Operator("GET", "/api/v1/repository/keys").body);
    root.timestamp = root.snapshot = tuf::Role{};
    root.director = tuf::Role{};
    AddKey(tuf::ParseKey(keys["timestamp"].dump()).value(), root.timestamp);
    AddKey(tuf::ParseKey(keys["snapshot"].dump()).value(), root.snapshot);
    AddKey(tuf::ParseKey(keys["director"].dump()).value(), *root.director);
  }
  // Signs root and targets as they are now and sends them, with the roots before.
  sys::http::ClientResponse Publish(const TestHub& hub) {
    if (roots.size() < static_cast<size_t>(root.version)) roots.push_back(Signed(root, root_key));
    const tuf::Bundle bundle{roots, Signed(targets, targets_key), {}};
    return hub.Operator("POST", "/api/v1/repository", tuf::ToJson(bundle));
  }
  // The next version of the targets names (or, without bytes, no longer names) a release.
  void Name(const std::string& path, int64_t length, const std::string& digest) {
    ++targets.version;
    targets.targets[path] = {length, digest.substr(digest.find(':') + 1), ""};
  }
  void Withdraw(const std::string& path) {
    ++targets.version;
    targets.targets.erase(path);
  }

  sys::Ed25519KeyPair root_key = sys::GenerateEd25519();
  sys::Ed25519KeyPair targets_key = sys::GenerateEd25519();
  tuf::Root root;
  tuf::Targets targets;
  std::vector<std::string> roots;

 private:
  void AddKey(const tuf::Key& key, tuf::Role& role) {
    root.keys[tuf::KeyIdOf(key)] = key;
    role.keyids.push_back(tuf::KeyIdOf(key));
  }
  template <typename T>
  static std::string Signed(const T& value, const sys::Ed25519KeyPair& key) {
    tuf::Document<T> document = tuf::MakeDocument(value).value();
    EXPECT_TRUE(tuf::AddSignature(document.canonical, key, document.signatures).ok());
    return document.Text();
  }
};

}  // namespace verge::hub
