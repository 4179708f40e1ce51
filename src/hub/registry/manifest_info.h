// What the registry must know of a manifest that somebody pushes. It carries any OCI or Docker image manifest or index;
// what an app's package must look like is format/package's business.
//
// Trust     foreign bytes: at most 1 MiB, depth 32, 4096 references. Errors: kInvalidArgument names the field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::hub {

struct ManifestInfo {
  std::string media_type;
  std::string artifact_type;           // the manifest's, else its config's media type (distribution spec, referrers)
  std::string subject;                 // digest, or ""
  std::vector<std::string> blobs;      // config and layers
  std::vector<std::string> manifests;  // of an index
  std::string annotations_json;        // an object of strings
};

// `content_type` must be the manifest's own mediaType when it has one, and is it otherwise.
Result<ManifestInfo> ReadManifestInfo(std::string_view bytes, std::string_view content_type);

// [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
bool IsTag(std::string_view text);

}  // namespace verge::hub
