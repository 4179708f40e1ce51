// What `verge inspect` knows of a model, whatever file it came from: a light view of graph and sizes, without weights.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/tensor.h"
#include "format/model/model.h"
#include "ir/graph.h"
#include "ops/op_def.h"

namespace verge::inspect {

struct ValueFacts {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape = {};
  bool is_constant = false;
  uint64_t stored_bytes = 0;     // of a constant, in the file
  const char* encoding = "raw";  // outermost form of a constant in a .vg file
};

struct NodeFacts {
  std::string name;
  ops::OpId op = 0;
  ops::OpAttrs attrs = {};
  std::vector<uint32_t> inputs;  // indices into values; ir::kNoValue: omitted
  std::vector<uint32_t> outputs;
};

// A size that stays open: min, min + step, ... max.
struct OpenSize {
  std::string name;
  int64_t min = 1;
  int64_t max = 1;
  int64_t step = 1;
};

struct ModelFacts {
  std::string format;  // "tflite" or "vg"
  std::string name;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<ValueFacts> values;
  std::vector<NodeFacts> nodes;
  std::vector<uint32_t> inputs;
  std::vector<uint32_t> outputs;
  std::vector<uint32_t> states = {};  // values that are kept from run to run
  std::vector<OpenSize> open_sizes = {};
};

ModelFacts FactsOf(const ir::Graph& graph, std::string format);
ModelFacts FactsOf(const format::ModelTables& tables, std::string format);

// Finds out the type of the file by its content and reads it. kUnsupported lists the known types.
Result<ModelFacts> ReadModel(std::span<const std::byte> file);

}  // namespace verge::inspect
