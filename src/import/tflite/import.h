// Turns a TFLite model file into a graph.
//
// The bytes are untrusted: the FlatBuffer is verified first, then every index, offset, size, shape and enumerator is
// checked before use. Nothing is dropped silently: what Verge cannot do is an error that names it and says what to do.
//
// Operators  Most builtin ones, and custom ones of TFLite, tflite-micro's audio front end and MediaPipe; the error for
//            another lists what is supported. One operator becomes one node where Verge has its op, else several.
// Shapes     SAME and VALID become explicit padding; shapes given as inputs (of a reshape, a pad, a slice) become
//            attributes. Whole numbers that follow from constants and known shapes are computed here, so that such an
//            input may be the end of a chain like SHAPE, STRIDED_SLICE, PACK. One that depends on data is an error.
// Memory     Variables become states of the graph (states.h). A branch whose condition is known, a called subgraph and
//            a composite become nodes of the graph itself; other branches and loops become subgraphs. Subgraphs that
//            call themselves are an error.
// Numbers    Sparse constants are made dense. Complex numbers are pairs of f32 in one more, last dimension.
//            Quantised integers pass through operators that move or compare elements, if one scale and zero point holds
//            throughout; operators that compute with them say whether they do.
// Metadata   Name, author, version, license, description, input normalisation and label lists go to graph.metadata.
//
// Errors     kDataLoss the file is corrupt; kUnsupported lists every operator that is not supported, with the nodes
//            that use it and what to do; kResourceExhausted a limit below is passed
// Ownership  constants are copied; the bytes may go away afterwards
// Threads    pure function
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

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

// An input of the model, as far as the file says: -1 where a dimension is left open.
struct InputInfo {
  std::string name;
  std::vector<int64_t> dims;
};

// True when the bytes carry the file identifier of a TFLite model.
bool LooksLikeTflite(std::span<const std::byte> file);

// The inputs of the first subgraph, by the names that they have in the graph.
Result<std::vector<InputInfo>> ModelInputs(std::span<const std::byte> file, const ImportLimits& limits = {});

// The graph has passed ir::Verify. `shapes` replaces those of inputs, which may differ from the file in any dimension
// but not in their number; what follows from them is computed anew, and the shapes that the file states are not
// compared.
Result<ir::Graph> Import(std::span<const std::byte> file, const ImportLimits& limits = {},
                         const std::map<std::string, Shape>& shapes = {});

}  // namespace verge::tflite
