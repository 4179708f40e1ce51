// The two halves of verification. Internal to format/model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "format/model/aligned_bytes.h"
#include "format/model/model.h"

namespace verge::format {

// Sections of a file whose header and checksums hold.
struct ModelSections {
  std::span<const std::byte> graph;
  std::span<const std::byte> weights;
  uint32_t required = 0;  // the header's feature bits
};
Result<ModelSections> ReadSections(std::span<const std::byte> bytes, const VerifyOptions& options);

// What the tables of a model view: the bytes of the file, and constants that were made in memory.
struct ModelOwner {
  std::shared_ptr<const void> file;  // shared by all models of the file
  std::vector<AlignedBytes> constants;
};

// Decodes the graph section: every table well formed, every index in range, names, types, constants in place. Encoded
// constants are decoded into `owner`, at most `max_decoded_bytes` of them.
Result<ModelTables> DecodeTables(const ModelSections& sections, uint64_t max_decoded_bytes, ModelOwner& owner);

// The shape rule of one node on the types of its inputs: the types of its outputs, whose quantisation it keeps.
Result<std::vector<TensorType>> InferNode(const ModelTables& tables, const ModelNode& node);

// Single assignment, order, arity and shapes of decoded tables.
Status CheckGraph(const ModelTables& tables);

}  // namespace verge::format
