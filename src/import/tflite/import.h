// Turns a TFLite model file into a graph.
//
// The bytes are untrusted: the FlatBuffer is verified first, then every index, offset, size, shape and enumerator is
// checked before use. Nothing is dropped silently: what Verge cannot do is an error that names it.
// SAME and VALID become explicit padding; shapes given as constant inputs (reshape, pad, resize) become attributes.
// Variables become states of the graph (states.h). A branch whose condition is known, a called subgraph and a composite
// become nodes of the graph itself; other branches and loops become subgraphs. Subgraphs that call themselves are an
// error.
//
// Errors    kDataLoss the file is corrupt; kUnsupported lists every operator that is not supported, with the nodes
//           that use it and what is supported; kResourceExhausted a limit below is passed
// Memory    constants are copied; the bytes may go away afterwards
// Threads   pure function
#pragma once

#include <cstddef>
#include <span>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::tflite {

struct ImportLimits {
  size_t max_file_bytes = (size_t{2} << 30) - 1;
  size_t max_tensors = 1u << 17;
  size_t max_operators = 1u << 17;  // of all subgraphs, and as many again in copies of those that are called
  size_t max_subgraphs = 1024;      // in the file, and in copies
  size_t max_name_bytes = 1024;     // longer names are cut
  size_t max_text_bytes = 1u << 20;
  size_t max_activation_bytes = size_t{16} << 30;  // of any one tensor that is computed
};

// True when the bytes carry the file identifier of a TFLite model.
bool LooksLikeTflite(std::span<const std::byte> file);

// The graph has passed ir::Verify.
Result<ir::Graph> Import(std::span<const std::byte> file, const ImportLimits& limits = {});

}  // namespace verge::tflite
