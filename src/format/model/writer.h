// Writes a .vg model file. Deterministic: the same specification gives the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "format/model/aligned_bytes.h"
#include "format/model/dynamic.h"
#include "format/model/encoding/encoding.h"
#include "format/model/layout.h"
#include "format/model/model.h"
#include "ops/op_def.h"

namespace verge::format {

struct ValueSpec {
  std::string name;
  TensorType type;                                     // borrows its quantisation
  std::optional<std::span<const std::byte>> constant;  // borrowed; type.CheckedBytes() bytes
};

struct NodeSpec {
  ops::OpId op = 0;
  std::string name;
  ops::OpAttrs attrs;
  std::vector<uint32_t> inputs;  // indices into ModelSpec::values, or kOmittedInput
  std::vector<uint32_t> outputs;
  std::vector<uint32_t> subgraphs = {};  // indices into ModelSpec::subgraphs
};

struct StateSpec {
  uint32_t input = 0;  // indices into ModelSpec::values
  uint32_t output = 0;
  uint32_t initial = kOmittedInput;  // a constant; kOmittedInput: zeros
};

struct ModelSpec {
  std::string name;
  std::vector<ValueSpec> values;
  std::vector<NodeSpec> nodes;
  std::vector<uint32_t> inputs;
  std::vector<uint32_t> outputs;
  std::vector<StateSpec> states = {};
  std::vector<ModelSpec> subgraphs = {};
  Dynamics dynamics = {};  // borrows its names
  std::vector<ModelCountedDim> counted = {};
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Checks only what it needs itself (constant sizes, attribute values, total size): kInvalidArgument. Whether the model
// makes sense is for VerifiedModel::Verify to say. `storage` says in which forms constants may be stored; without it
// they lie in the file as in memory.
Result<AlignedBytes> WriteModel(const ModelSpec& spec, const StorageOptions& storage = {});

}  // namespace verge::format
