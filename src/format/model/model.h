// A model file (.vg) that was checked: the only way from bytes to something that runs.
//
//   bytes -> VerifiedModel::Verify -> VerifiedModel -> runtime::Model
//
// Verify checks the header, both checksums, every table and index, names, shapes, quantisation, the place of each
// constant, single assignment and order, and runs the shape rule of every node, so that whoever holds a VerifiedModel
// needs no checks of its own. Limits are in layout.h; the format is described in docs/formats/vg.md.
//
// Memory    weights are not copied: constants point into `bytes`, only encoded ones (encoding/encoding.h) are decoded
//           into memory of the model. Graph tables are decoded into vectors.
// Threads   immutable once made; share freely.
// Errors    kDataLoss with the place for damaged or hostile bytes; kUnsupported for a newer format, an unknown op, or
//           an op version or attribute that this build lacks; kInvalidArgument when `bytes` is not 64-byte aligned;
//           kResourceExhausted when encoded constants would take more than max_decoded_bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "format/model/dynamic.h"
#include "format/model/layout.h"
#include "ops/op_def.h"

namespace verge::format {

struct ModelValue {
  std::string_view name;
  TensorType type;
  const std::byte* constant = nullptr;      // 64-byte aligned; null for graph inputs and results of nodes
  std::span<const std::byte> encoded = {};  // what the file holds of an encoded constant; else empty
};

struct ModelNode {
  ops::OpId op = 0;
  std::string_view name;
  ops::OpAttrs attrs;
  std::span<const uint32_t> inputs;  // indices into values, or kOmittedInput
  std::span<const uint32_t> outputs;
  std::span<const uint32_t> subgraphs = {};  // indices into ModelTables::subgraphs
};

// Memory between runs: `input` begins as `initial` (null: zeros) and is then what `output` was after the run before.
struct ModelState {
  uint32_t input = 0;
  uint32_t output = 0;
  const std::byte* initial = nullptr;
};

// Of dimension `dim` of output `output` (an index into ModelTables::outputs) a run fills the first factor * count
// elements; `count` is an i64 of one element.
struct ModelCountedDim {
  uint32_t output = 0;
  uint32_t dim = 0;
  int64_t factor = 1;
  uint32_t count = 0;
};

// The decoded tables; views point into the bytes of the file.
struct ModelTables {
  std::string_view name;
  std::vector<ModelValue> values;
  std::vector<ModelNode> nodes;  // each after the producers of its inputs
  std::span<const uint32_t> inputs;
  std::span<const uint32_t> outputs;
  std::vector<ModelState> states;
  std::vector<ModelTables> subgraphs;  // what control-flow nodes run; they have no states
  Dynamics dynamics;
  std::vector<ModelCountedDim> counted;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  uint64_t weights_bytes = 0;  // in the file
  uint64_t decoded_bytes = 0;  // of all encoded constants, once decoded
};

struct VerifyOptions {
  // Reads all weights once to compare their checksum. Skip it where the bytes were authenticated just before.
  bool check_weights = true;
  // Limit on the memory for encoded constants. Files state what they need, and are refused before it is taken.
  uint64_t max_decoded_bytes = uint64_t{8} << 30;
};

class VerifiedModel {
 public:
  // `owner` keeps `bytes` alive as long as the model (a mapped file, a buffer); shared, because models share one
  // mapping. Null: the caller guarantees that the bytes outlive the model and everything made of it.
  static Result<VerifiedModel> Verify(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                                      const VerifyOptions& options = {});

  // The same model for other sizes: one number a symbol of tables().dynamics. Every node's shape rule is run again, so
  // the result is as verified as the model itself. kInvalidArgument names the symbol and what it may be, or the node
  // that cannot take the size; kResourceExhausted when a constant would become too large.
  Result<VerifiedModel> ForSizes(std::span<const int64_t> sizes) const;

  const ModelTables& tables() const { return tables_; }
  const ModelValue& value(uint32_t index) const { return tables_.values[index]; }

 private:
  VerifiedModel(ModelTables tables, std::shared_ptr<const void> owner)
      : tables_(std::move(tables)), owner_(std::move(owner)) {}

  ModelTables tables_;
  std::shared_ptr<const void> owner_;
};

}  // namespace verge::format
