// The two halves of verification. Internal to format/model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/status.h"
#include "format/model/model.h"

namespace verge::format {

// Sections of a file whose header and checksums hold.
struct ModelSections {
  std::span<const std::byte> graph;
  std::span<const std::byte> weights;
  uint32_t required = 0;  // the header's feature bits
};
Result<ModelSections> ReadSections(std::span<const std::byte> bytes, const VerifyOptions& options);

// Decodes the graph section: every table well formed, every index in range, names, types, constants in place.
Result<ModelTables> DecodeTables(const ModelSections& sections);

// The shape rule of one node on the types of its inputs: the types of its outputs, whose quantisation it keeps.
Result<std::vector<TensorType>> InferNode(const ModelTables& tables, const ModelNode& node);

// Single assignment, order, arity and shapes of decoded tables.
Status CheckGraph(const ModelTables& tables);

}  // namespace verge::format
