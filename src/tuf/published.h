// Everything a publisher signed, as one message from the publisher to a hub, and the checks that both make of it.
//
// Trust     Published has no other constructor than Check: every root follows its predecessor, the targets are signed
// by
//           the newest root's keys, each delegated role by those of the role above it.
// Errors    kInvalidArgument: not such a message; kDataLoss: a signature or version is wrong, the message says where.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tuf/metadata.h"

namespace verge::tuf {

inline constexpr size_t kMaxBundleBytes = size_t{16} << 20;

struct BundleRole {
  std::string name;
  std::string text;
};
struct Bundle {
  std::vector<std::string> roots;  // versions 1, 2, ...
  std::string targets;
  std::vector<BundleRole> roles;  // delegated
};
std::string ToJson(const Bundle& bundle);
Result<Bundle> ParseBundle(std::string_view text);

class Published {
 public:
  static Result<Published> Check(Bundle bundle);
  // kDataLoss unless `next` goes on from this: the same roots and more, no version that goes back, no role that is
  // gone.
  Status CheckFollowedBy(const Published& next) const;

  const Bundle& bundle() const { return bundle_; }
  const Root& root() const { return root_; }
  const Targets& targets() const { return targets_; }
  // Key id of one that signed the role which names the path; "" when none does.
  std::string SignerOf(const std::string& path) const;
  // What a device would find under that path.
  Result<std::optional<Target>> Find(const std::string& path) const;
  // What a snapshot says of the documents.
  std::map<std::string, MetaFile> Meta() const;
  // "3.root.json" and the like -> bytes.
  std::map<std::string, std::string> Files() const;

 private:
  Published(Bundle bundle, Root root, Targets targets)
      : bundle_(std::move(bundle)), root_(std::move(root)), targets_(std::move(targets)) {}
  Status CheckRoles(const Targets& parent);

  Bundle bundle_;
  Root root_;
  Targets targets_;
  std::map<std::string, Targets> roles_;
  std::map<std::string, std::string> signers_;
};

}  // namespace verge::tuf
