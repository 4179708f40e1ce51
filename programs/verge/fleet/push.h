// Puts a package layout into a hub's registry (OCI distribution spec).
#pragma once

#include "base/status.h"
#include "format/package/layout.h"
#include "verge/fleet/hub.h"

namespace verge::cli {

// Blobs that the hub has already are skipped, so that a publish that was cut goes on where it stopped.
// Prints one line a blob.
Status PushLayout(Hub& hub, const package::Layout& layout);

}  // namespace verge::cli
