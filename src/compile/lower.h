// Graph -> model file, the inner part. Internal.
#pragma once

#include "format/model/aligned_bytes.h"
#include "format/model/dynamic.h"
#include "format/model/encoding/encoding.h"
#include "ir/graph.h"

namespace verge::compile {

// The graph has gone through ir::Compact; `dynamics` refers to its values and nodes by number.
Result<format::AlignedBytes> LowerCompact(const ir::Graph& graph, const format::Dynamics& dynamics,
                                          const format::StorageOptions& storage);

}  // namespace verge::compile
