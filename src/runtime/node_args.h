// The arguments of a node's prepare and pack, with the vectors that they view. Internal.
#pragma once

#include <vector>

#include "format/model/model.h"
#include "ops/kernel.h"
#include "runtime/model.h"

namespace verge::runtime {

struct NodeArgs {
  std::vector<ops::InferInput> inputs;
  std::vector<TensorType> outputs;

  NodeArgs(const format::ModelTables& tables, const format::ModelNode& node) {
    for (const uint32_t index : node.inputs) {
      if (index == format::kOmittedInput) {
        inputs.push_back({.type = {}, .constant = nullptr, .is_present = false});
      } else {
        inputs.push_back({.type = tables.values[index].type, .constant = tables.values[index].constant});
      }
    }
    for (const uint32_t index : node.outputs) outputs.push_back(tables.values[index].type);
  }

  ops::PrepareArgs Prepare(const format::ModelNode& node, const LoadOptions& options) const {
    return Prepare(node, options, options.threads);
  }
  ops::PrepareArgs Prepare(const format::ModelNode& node, const LoadOptions& options, int threads) const {
    return {.attrs = node.attrs, .inputs = inputs, .outputs = outputs, .cpu = *options.cpu, .threads = threads};
  }
};

}  // namespace verge::runtime
