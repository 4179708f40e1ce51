// Writes a graph as a TFLite model (schema version 3), as far as TFLite's builtin operators express it.
//
// Layout     that of the graph: images are channels last in both. SAME and VALID are recovered from explicit widths;
//            other borders become a PAD of their own
// Quantised  types, scales and zero points are written as they are, per channel where they are
// Versions   of each operator the lowest that the published format asks for its types and options
// Buffers    at multiples of 16 bytes, each constant once
//
// Errors     kUnsupported lists every node that TFLite cannot express, with the reason; kResourceExhausted the model is
//            larger than the 2 GiB of a FlatBuffer
// Threads    pure function
#pragma once

#include <string>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::to_tflite {

struct TfliteFile {
  std::string model;
  size_t nodes = 0;
};

Result<TfliteFile> ExportTflite(const ir::Graph& graph);

}  // namespace verge::to_tflite
