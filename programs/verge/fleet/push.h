// Puts a package layout into a hub's registry (OCI distribution spec).
#pragma once

#include <string>

#include "base/status.h"
#include "format/package/layout.h"
#include "verge/fleet/hub.h"

namespace verge::cli {

// Blobs that the hub has already are skipped, so that a publish that was cut goes on where it stopped.
// Prints one line a blob.
Status PushLayout(Hub& hub, const package::Layout& layout);

// One blob from a file that holds its bytes; `shown` is for the line. And one manifest, under a tag or its digest.
Status PushFile(Hub& hub, const std::string& app, const package::Descriptor& blob, const std::string& path,
                const std::string& shown);
Status PushManifestBytes(Hub& hub, const std::string& app, std::string bytes, const std::string& reference);

}  // namespace verge::cli
