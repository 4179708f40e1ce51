// Sparse constants made dense.
#pragma once

#include <memory>
#include <span>

#include "import/tflite/tflite_generated.h"
#include "ir/graph.h"

namespace verge::tflite {

// The elements of a tensor of `type`, of which the file keeps those in `data`; the others are 0. Each dimension may be
// dense or compressed (CSR), in any order, and divided into dense blocks. kDataLoss when indices or counts do not fit.
Result<std::shared_ptr<const ir::Buffer>> Densify(const schema::SparsityParameters& sparsity, const TensorType& type,
                                                  std::span<const std::byte> data, size_t max_bytes);

}  // namespace verge::tflite
