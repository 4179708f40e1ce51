// Opens a model of any kind for Verge's own engine.
//
// Threads   pure functions over files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "runtime/model.h"

namespace verge::backend {

// What is done to a model on its way to the engine. A .vg file went that way already: only the shapes that it left open
// may be asked for.
struct CompileRequest {
  std::map<std::string, Shape> shapes = {};   // of inputs whose dimensions the file does not say
  std::map<std::string, double> values = {};  // ONNX: inputs that become constants
  bool optimize = true;
  bool integers = false;   // CompileOptions::integers
  bool four_bits = false;  // CompileOptions::four_bits
  std::vector<std::string> skip_passes = {};
};

// Whether bytes begin as a .vg file does.
bool IsModelFile(std::span<const std::byte> bytes);

struct OpenedModel {
  std::shared_ptr<const runtime::Model> model;
  size_t file_bytes = 0;
};

// A .vg file is mapped; any other is imported and compiled in memory first. Messages name the path.
Result<OpenedModel> OpenModel(const std::string& path, const runtime::LoadOptions& options,
                              const CompileRequest& request = {});

// The same for a graph that was imported already: compiled in memory.
Result<OpenedModel> LoadGraph(ir::Graph graph, const runtime::LoadOptions& options, const CompileRequest& request = {});

// A .tflite or .onnx file as a graph, not optimised yet. Messages name the path.
Result<ir::Graph> ImportModel(const std::string& path, const CompileRequest& request);

// Reads parts of the files beside a model, for compile::ImportOptions.
std::function<Result<std::string>(const std::string& name, uint64_t offset, uint64_t length)> ReaderBeside(
    const std::string& path);

}  // namespace verge::backend
