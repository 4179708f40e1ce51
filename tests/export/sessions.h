// Runs graphs and files with the engines, on the same inputs: for comparisons of what was exported.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/engine_session.h"
#include "ir/evaluate.h"

namespace verge::exported {

// Where ./x test puts ONNX Runtime.
inline constexpr const char* kOrtLibrary = VERGE_CACHE_DIR "/onnxruntime/libonnxruntime.so.1";
bool HasOrt();

// Inputs and outputs in the order of `graph`, which says what the model computes: the model itself, or what it was
// exported from. With states four runs on the same inputs: what the last one gives. Errors: of the engine; an output is
// missing.
Result<std::vector<ir::BufferPtr>> RunVerge(const ir::Graph& model, const ir::Graph& graph,
                                            const std::vector<ir::BufferPtr>& inputs);
// The file is an ONNX model whose inputs and outputs have the names of the graph's.
Result<std::vector<ir::BufferPtr>> RunOrt(std::string_view file, const ir::Graph& graph,
                                          const std::vector<ir::BufferPtr>& inputs);

// "a b: reason" lines, '#' starts a comment: what stands before the colon, and the reason.
std::vector<std::pair<std::string, std::string>> ReadReasons(const std::string& path);

}  // namespace verge::exported
