// The checked view of a TFLite file: what the importer may read without fear.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "import/tflite/import.h"
#include "import/tflite/tflite_generated.h"

namespace verge::tflite {

// At most `limit` bytes of foreign text in which control characters, which would disturb terminals and logs, are '?'.
std::string CleanText(std::string_view text, size_t limit);

// Null-safe access to FlatBuffers vectors.
template <typename V>
size_t SizeOf(const V* vector) {
  return vector == nullptr ? 0 : vector->size();
}

class Reader {
 public:
  // Verifies the FlatBuffer and the limits. Borrows `file` unless it must be copied to be aligned.
  static Result<Reader> Open(std::span<const std::byte> file, const ImportLimits& limits);

  const schema::Model& model() const { return *model_; }
  const schema::SubGraph& graph() const { return *graph_; }

  // The same file seen through subgraph `index` (the main one is 0); kDataLoss when there is none.
  Result<Reader> Subgraph(int64_t index) const;
  size_t subgraphs() const { return SizeOf(model_->subgraphs()); }

  // The operator code of `op`: builtin number, and for CUSTOM its name.
  Result<const schema::OperatorCode*> CodeOf(const schema::Operator& op) const;

  // Tensor `index` of the graph.
  Result<const schema::Tensor*> TensorAt(int32_t index) const;

  // Type, shape, quantisation and, if it has bytes, the constant of a tensor. Its name is left to the caller.
  Result<ir::Value> ReadTensor(const schema::Tensor& tensor) const;

 private:
  Reader(std::span<const std::byte> file, std::shared_ptr<ir::Buffer> copy, const ImportLimits& limits)
      : file_(file), copy_(std::move(copy)), limits_(limits) {}

  // The bytes of a tensor's buffer; empty: not a constant.
  Result<std::span<const std::byte>> DataOf(const schema::Tensor& tensor) const;

  std::span<const std::byte> file_;
  std::shared_ptr<ir::Buffer> copy_;  // shared with copies of this Reader; holds file_ when it was not aligned
  ImportLimits limits_;
  const schema::Model* model_ = nullptr;
  const schema::SubGraph* graph_ = nullptr;
};

// The number of a builtin operator, whichever field of the code holds it.
schema::BuiltinOperator BuiltinOf(const schema::OperatorCode& code);

}  // namespace verge::tflite
