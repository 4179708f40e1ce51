// The manifest that offers deltas of a package's files (docs/formats/delta.md, "In a registry").
//
// Trust     deltas are not signed: a delta only says how bytes might be made whose digest a signed manifest names.
// Errors    kDataLoss says which field was wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "format/package/manifest.h"

namespace verge::package {

inline constexpr char kDeltaType[] = "application/vnd.verge.delta.v1";
// Its config says nothing (OCI image specification 1.1, "Guidance for an Empty Descriptor").
inline constexpr char kEmptyType[] = "application/vnd.oci.empty.v1+json";
inline constexpr char kEmptyBytes[] = "{}";

struct DeltaBlob {
  Descriptor blob;            // the delta
  std::string base_digest;    // of the file that it starts from
  int64_t base_size = 0;      // in bytes
  std::string target_digest;  // of the file that it makes
  friend bool operator==(const DeltaBlob&, const DeltaBlob&) = default;
};

struct DeltaManifest {
  Descriptor subject;  // the package manifest
  std::vector<DeltaBlob> deltas;
};
Result<DeltaManifest> ParseDeltaManifest(std::string_view bytes);
std::string WriteDeltaManifest(const DeltaManifest& manifest);

}  // namespace verge::package
