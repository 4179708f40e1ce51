// Orders of dimensions. A Perm says how a tensor in the file holds a value of the graph: dimension d of the tensor is
// dimension perm[d] of the value. The channels-first form of an NHWC image is {0, 3, 1, 2}.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/tensor.h"

namespace verge::to_onnx {

using Perm = std::vector<int>;

Perm Identity(int rank);
bool IsIdentity(const Perm& perm);
// {0, rank - 1, 1, ..., rank - 2}
Perm ChannelsFirst(int rank);
Perm Inverse(const Perm& perm);
// r[d] = a[b[d]]
Perm Compose(const Perm& a, const Perm& b);
Shape Permuted(const Shape& shape, const Perm& perm);
// Where dimension `axis` of the value stands in the tensor; negative axes count from the end.
int PlaceOf(const Perm& perm, int64_t axis);
// The order of the dimensions that stay when those in `gone` (by value dimension) are taken away.
Perm Without(const Perm& perm, const std::vector<bool>& gone);
// Whether the bytes of the tensor are those of the value: only dimensions of size 1 have moved.
bool MovesOnlyOnes(const Shape& shape, const Perm& perm);

// `data` in the new order; both dense and row-major.
void PermuteBytes(const Shape& shape, size_t element_bytes, const std::byte* data, const Perm& perm, std::byte* out);

}  // namespace verge::to_onnx
