// The documents of a TUF repository (specification 1.0.x) and the director's list, as checked values.
//
// Reading   Parse... checks types, limits and names; it does not check signatures: see verify.h. Fields that are not
//           known are ignored but stay signed. Errors are kDataLoss and name the document and the field.
// Writing   Write... gives the canonical "signed" part; signatures are added by Document::Text.
// Limits    below, each small enough that a hostile file cannot fill a device, and far above what a fleet needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::tuf {

inline constexpr char kSpecVersion[] = "1.0.31";
inline constexpr size_t kMaxRootBytes = size_t{512} << 10;
inline constexpr size_t kMaxTimestampBytes = size_t{16} << 10;
inline constexpr size_t kMaxSnapshotBytes = size_t{1} << 20;
inline constexpr size_t kMaxTargetsBytes = size_t{4} << 20;
inline constexpr size_t kMaxDirectorBytes = size_t{256} << 10;
inline constexpr size_t kMaxKeys = 256;         // in one document
inline constexpr size_t kMaxSignatures = 64;    // of one document
inline constexpr size_t kMaxDelegations = 256;  // of one document
inline constexpr size_t kMaxTargets = 16384;    // of one document
inline constexpr size_t kMaxRootUpdates = 256;  // in one refresh
inline constexpr size_t kMaxVisitedRoles = 32;  // in one search

// A public key. Those of a kind that we cannot check have an empty `public_key` and sign nothing.
struct Key {
  std::string type;        // "ed25519" or "ecdsa-sha2-nistp256" (also spelled "ecdsa")
  std::string scheme;      // the same words
  std::string public_key;  // raw 32 bytes, or PEM
  friend bool operator==(const Key&, const Key&) = default;
};
using Keys = std::map<std::string, Key>;  // by key id

struct Role {
  std::vector<std::string> keyids;
  int64_t threshold = 1;
  friend bool operator==(const Role&, const Role&) = default;
};

// What every document begins with.
struct Header {
  int64_t version = 0;
  int64_t expires_ms = 0;  // since 1970
};

struct Root : Header {
  static constexpr char kType[] = "root";
  bool consistent_snapshot = true;
  Keys keys;
  Role root, targets, snapshot, timestamp;
  std::optional<Role> director;  // "x-verge-director": who may say what a device should run
};

// What a document says of another one.
struct MetaFile {
  int64_t version = 0;
  std::optional<int64_t> length;
  std::string sha256;  // hex, "" when not stated
  friend bool operator==(const MetaFile&, const MetaFile&) = default;
};
struct Timestamp : Header {
  static constexpr char kType[] = "timestamp";
  MetaFile snapshot;
};
struct Snapshot : Header {
  static constexpr char kType[] = "snapshot";
  std::map<std::string, MetaFile> meta;  // "targets.json", "<role>.json"
};

struct Target {
  int64_t length = 0;
  std::string sha256;      // hex
  std::string deployment;  // custom.deployment; "" for none. The director's
  friend bool operator==(const Target&, const Target&) = default;
};
struct Delegation {
  std::string name;  // also a file name: [A-Za-z0-9][A-Za-z0-9._-]*, none of the top-level roles
  Role role;
  std::vector<std::string> paths;               // patterns; or
  std::vector<std::string> path_hash_prefixes;  // of the hex SHA-256 of the path
  bool terminating = false;
  friend bool operator==(const Delegation&, const Delegation&) = default;
};
struct Targets : Header {
  static constexpr char kType[] = "targets";
  std::map<std::string, Target> targets;  // by path
  Keys keys;                              // of the delegations
  std::vector<Delegation> delegations;    // in order of priority
};

// What the hub wants one device to run, now: fresh (it repeats the device's nonce) and for nobody else.
struct Director : Header {
  static constexpr char kType[] = "director";
  std::string device;
  std::string nonce;
  int64_t time_ms = 0;  // when it was signed
  std::map<std::string, Target> targets;
};

struct Signature {
  std::string keyid;
  std::string bytes;
};

// A document with what was signed of it.
template <typename T>
struct Document {
  T value;
  std::string canonical;  // the bytes under the signatures
  std::string body;       // the same as JSON that every reader takes: canonical JSON leaves line breaks as they are
  std::vector<Signature> signatures;

  // The file: {"signatures":[...],"signed":...}.
  std::string Text() const;
};

Result<Document<Root>> ParseRoot(std::string_view text);
Result<Document<Timestamp>> ParseTimestamp(std::string_view text);
Result<Document<Snapshot>> ParseSnapshot(std::string_view text);
Result<Document<Targets>> ParseTargets(std::string_view text);
Result<Document<Director>> ParseDirector(std::string_view text);

// A document of this value without signatures. The value must be one that the parser accepts.
Result<Document<Root>> MakeDocument(const Root& value);
Result<Document<Timestamp>> MakeDocument(const Timestamp& value);
Result<Document<Snapshot>> MakeDocument(const Snapshot& value);
Result<Document<Targets>> MakeDocument(const Targets& value);
Result<Document<Director>> MakeDocument(const Director& value);

Key Ed25519Key(std::string_view raw_public_key);
// Hex SHA-256 of the key's canonical form.
std::string KeyIdOf(const Key& key);
// A key as one JSON object, and back. kInvalidArgument for anything else.
std::string KeyText(const Key& key);
Result<Key> ParseKey(std::string_view text);

// Length and hash of the bytes, for a document that names them.
MetaFile DescribeFile(int64_t version, std::string_view bytes);
// What the bytes are as a target.
Target DescribeTarget(std::string_view bytes);
bool IsRoleName(std::string_view name);
// "2030-01-31T23:59:59Z".
std::string FormatTime(int64_t ms);
// Also with a fraction of a second, which is dropped.
Result<int64_t> ParseTime(std::string_view text);

}  // namespace verge::tuf
