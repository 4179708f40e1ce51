// A package on disk: an OCI image layout folder (docs/formats/package.md).
//
// Build     PackFiles writes the whole layout beside OUT and renames it into place: OUT holds the older package until
// the
//           new one is complete, and keeps it when packing fails.
// Trust     ReadLayout checks every digest on the way; ReadBlob checks size and digest.
// Errors    kDataLoss names the blob or field; kAlreadyExists when OUT holds another package; file errors name the
// path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "format/package/manifest.h"

namespace verge::package {

// A file to pack: where it lies now, and its path inside the app.
struct Source {
  std::string path;    // inside the app folder
  std::string origin;  // on this machine
};

struct Layout {
  std::string dir;
  Descriptor descriptor;  // of the package manifest
  Manifest manifest;

  std::string BlobPath(const std::string& digest) const;
};

// Writes app:version with these files as a layout at `out`, which must not exist, be empty, or hold a layout already
// (which is then replaced). The same sources give the same bytes.
Result<Layout> PackFiles(const std::string& app, int64_t version, const std::vector<Source>& sources,
                         const std::string& out);
Result<Layout> ReadLayout(const std::string& dir);
// The blob's bytes after checking size and digest.
Result<std::string> ReadBlob(const Layout& layout, const Descriptor& blob);

// One release, as TUF metadata name it: which manifest is this version of this app.
struct Release {
  std::string app;
  int64_t version = 0;
  std::string manifest_digest;
  int64_t manifest_size = 0;
  friend bool operator==(const Release&, const Release&) = default;
};

// A package whose manifest and config were checked against what the reader wanted; there is no other way to get one.
// Its files still have to be checked against their digests when they arrive.
class VerifiedPackage {
 public:
  const Manifest& manifest() const { return manifest_; }

 private:
  friend Result<VerifiedPackage> VerifyPackage(const Release&, std::string_view, std::string_view);
  explicit VerifiedPackage(Manifest manifest) : manifest_(std::move(manifest)) {}
  Manifest manifest_;
};
// `wanted` is what the caller means to have and why it trusts that is its own affair: agent/trust.h.
Result<VerifiedPackage> VerifyPackage(const Release& wanted, std::string_view manifest_bytes,
                                      std::string_view config_bytes);

}  // namespace verge::package
