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
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/package/manifest.h"
#include "format/package/signature.h"

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
  std::vector<Descriptor> signatures;  // manifests that refer to it

  std::string BlobPath(const std::string& digest) const;
};

// Writes app:version with these files as a layout at `out`, which must not exist, be empty, or hold a layout already
// (which is then replaced). The same sources give the same bytes.
Result<Layout> PackFiles(const std::string& app, int64_t version, const std::vector<Source>& sources,
                         const std::string& out);
Result<Layout> ReadLayout(const std::string& dir);
// The blob's bytes after checking size and digest.
Result<std::string> ReadBlob(const Layout& layout, const Descriptor& blob);

// Signs the package and attaches the signature. The same key again changes nothing. Returns the signature manifest.
Result<Descriptor> SignLayout(Layout& layout, const sys::Ed25519KeyPair& key);

// A package whose manifest, config and signature were checked against what the reader wanted; there is no other way
// to get one. Its files still have to be checked against their digests when they arrive.
class VerifiedPackage {
 public:
  const Manifest& manifest() const { return manifest_; }
  const std::string& keyid() const { return keyid_; }

 private:
  friend Result<VerifiedPackage> VerifyPackage(const Release&, std::string_view, std::string_view,
                                               std::span<const std::string>, std::span<const std::string>);
  VerifiedPackage(Manifest manifest, std::string keyid) : manifest_(std::move(manifest)), keyid_(std::move(keyid)) {}
  Manifest manifest_;
  std::string keyid_;
};
// `wanted` is what the caller means to have; one of `envelopes` must say exactly that and be signed by one of
// `trusted`.
Result<VerifiedPackage> VerifyPackage(const Release& wanted, std::string_view manifest_bytes,
                                      std::string_view config_bytes, std::span<const std::string> envelopes,
                                      std::span<const std::string> trusted);

}  // namespace verge::package
