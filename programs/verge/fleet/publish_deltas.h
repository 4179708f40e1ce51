// Deltas of a release against those before it, made here and put into the hub's registry (docs/formats/delta.md).
#pragma once

#include "base/status.h"
#include "format/package/layout.h"
#include "verge/fleet/hub.h"

namespace verge::cli {

// For each of the `versions` releases of the app before this one, newest first: the smallest delta of every file that
// changed, where it is smaller than 90 % of the file. Prints one line a delta, and one for a version
// that no delta can be made from, which is no error.
Status PublishDeltas(Hub& hub, const package::Layout& layout, int versions);

}  // namespace verge::cli
