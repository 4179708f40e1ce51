#include "export/onnx/layout.h"

#include <array>
#include <cstring>
#include <numeric>

namespace verge::to_onnx {

Perm Identity(int rank) {
  Perm perm(static_cast<size_t>(rank));
  std::iota(perm.begin(), perm.end(), 0);
  return perm;
}

bool IsIdentity(const Perm& perm) { return perm == Identity(static_cast<int>(perm.size())); }

Perm ChannelsFirst(int rank) {
  if (rank < 3) return Identity(rank);
  Perm perm = {0, rank - 1};
  for (int d = 1; d + 1 < rank; ++d) perm.push_back(d);
  return perm;
}

Perm Inverse(const Perm& perm) {
  Perm out(perm.size());
  for (size_t d = 0; d < perm.size(); ++d) out[static_cast<size_t>(perm[d])] = static_cast<int>(d);
  return out;
}

Perm Compose(const Perm& a, const Perm& b) {
  Perm out(b.size());
  for (size_t d = 0; d < b.size(); ++d) out[d] = a[static_cast<size_t>(b[d])];
  return out;
}

Shape Permuted(const Shape& shape, const Perm& perm) {
  Shape out = shape;
  for (size_t d = 0; d < perm.size(); ++d) out.set(static_cast<int>(d), shape[perm[d]]);
  return out;
}

int PlaceOf(const Perm& perm, int64_t axis) {
  const auto rank = static_cast<int64_t>(perm.size());
  const int64_t wanted = axis < 0 ? axis + rank : axis;
  for (size_t d = 0; d < perm.size(); ++d) {
    if (perm[d] == wanted) return static_cast<int>(d);
  }
  return 0;
}

Perm Without(const Perm& perm, const std::vector<bool>& gone) {
  std::vector<int> renumbered(perm.size(), 0);
  int next = 0;
  for (size_t d = 0; d < perm.size(); ++d) {
    if (!gone[d]) renumbered[d] = next++;
  }
  Perm out;
  for (const int d : perm) {
    if (!gone[static_cast<size_t>(d)]) out.push_back(renumbered[static_cast<size_t>(d)]);
  }
  return out;
}

bool MovesOnlyOnes(const Shape& shape, const Perm& perm) {
  int last = -1;
  for (const int d : perm) {
    if (shape[d] == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

void PermuteBytes(const Shape& shape, size_t element_bytes, const std::byte* data, const Perm& perm, std::byte* out) {
  const int rank = shape.rank();
  std::array<size_t, Shape::kMaxRank> strides{};
  size_t stride = element_bytes;
  for (int d = rank - 1; d >= 0; --d) {
    strides[static_cast<size_t>(d)] = stride;
    stride *= static_cast<size_t>(shape[d]);
  }
  const size_t count = shape.elems();
  std::array<int64_t, Shape::kMaxRank> at{};
  for (size_t i = 0; i < count; ++i) {
    size_t from = 0;
    for (size_t d = 0; d < perm.size(); ++d) from += static_cast<size_t>(at[d]) * strides[static_cast<size_t>(perm[d])];
    std::memcpy(out + i * element_bytes, data + from, element_bytes);
    for (int d = rank - 1; d >= 0; --d) {
      if (++at[static_cast<size_t>(d)] < shape[perm[static_cast<size_t>(d)]]) break;
      at[static_cast<size_t>(d)] = 0;
    }
  }
}

}  // namespace verge::to_onnx
