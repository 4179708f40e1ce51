#include "import/tflite/sparse.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/checked.h"

namespace verge::tflite {
namespace {

template <typename V>
std::vector<int64_t> Numbers(const V* values) {
  if (values == nullptr) return {};
  return {values->begin(), values->end()};
}

// The numbers of one of the members of the index union.
std::vector<int64_t> ReadIndices(schema::SparseIndexVector kind, const void* table) {
  if (table == nullptr) return {};
  switch (kind) {
    case schema::SparseIndexVector::Int32Vector:
      return Numbers(static_cast<const schema::Int32Vector*>(table)->values());
    case schema::SparseIndexVector::Uint16Vector:
      return Numbers(static_cast<const schema::Uint16Vector*>(table)->values());
    case schema::SparseIndexVector::Uint8Vector:
      return Numbers(static_cast<const schema::Uint8Vector*>(table)->values());
    default: return {};
  }
}

// One dimension in the order of traversal.
struct Level {
  int64_t size = 1;    // how many indices there are
  int64_t stride = 0;  // what one of them is worth in elements of the dense tensor
  bool is_compressed = false;
  std::vector<int64_t> segments;
  std::vector<int64_t> indices;
};

Status Refuse(const char* what) { return VERGE_ERROR(kDataLoss, std::string("is stored sparsely, but ") + what); }

// `order` names each dimension and each block dimension once.
bool IsPermutation(std::vector<int64_t> order) {
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    if (order[i] != static_cast<int64_t>(i)) return false;
  }
  return true;
}

// Sizes and strides of all levels: a dimension of size d with blocks of b has d / b indices, each worth b.
Result<std::vector<Level>> ReadLevels(const schema::SparsityParameters& sparsity, const Shape& shape) {
  const std::vector<int64_t> order = Numbers(sparsity.traversal_order());
  const std::vector<int64_t> block_map = Numbers(sparsity.block_map());
  const auto rank = static_cast<size_t>(shape.rank());
  const auto* metadata = sparsity.dim_metadata();
  if (metadata == nullptr || metadata->size() != order.size() || order.size() != rank + block_map.size() ||
      block_map.size() > rank || !IsPermutation(order)) {
    return Refuse("its dimensions are not described completely");
  }
  std::vector<int64_t> strides(rank, 1);
  for (size_t d = rank; d-- > 1;) strides[d - 1] = strides[d] * shape[static_cast<int>(d)];
  std::vector<int64_t> blocks(rank, 1);
  std::vector<Level> levels(order.size());
  for (size_t l = 0; l < order.size(); ++l) {
    const schema::DimensionMetadata& from = *metadata->Get(static_cast<flatbuffers::uoffset_t>(l));
    Level& level = levels[l];
    level.is_compressed = from.format() == schema::DimensionType::SPARSE_CSR;
    const auto which = static_cast<size_t>(order[l]);
    if (which < rank) continue;
    const int64_t d = block_map[which - rank];
    if (d < 0 || d >= shape.rank() || blocks[static_cast<size_t>(d)] != 1 || level.is_compressed ||
        from.dense_size() < 1 || shape[static_cast<int>(d)] % from.dense_size() != 0) {
      return Refuse("its blocks do not divide it");
    }
    level.size = blocks[static_cast<size_t>(d)] = from.dense_size();
    level.stride = strides[static_cast<size_t>(d)];
  }
  for (size_t l = 0; l < order.size(); ++l) {
    const schema::DimensionMetadata& from = *metadata->Get(static_cast<flatbuffers::uoffset_t>(l));
    Level& level = levels[l];
    if (const auto which = static_cast<size_t>(order[l]); which < rank) {
      level.size = shape[static_cast<int>(which)] / blocks[which];
      level.stride = strides[which] * blocks[which];
    }
    if (!level.is_compressed && from.dense_size() != level.size) return Refuse("a dense dimension has another size");
    if (!level.is_compressed) continue;
    level.segments = ReadIndices(from.array_segments_type(), from.array_segments());
    level.indices = ReadIndices(from.array_indices_type(), from.array_indices());
    const auto outside = [&](int64_t i) { return i < 0 || i >= level.size; };
    if (level.segments.empty() || level.segments.front() != 0 ||
        !std::is_sorted(level.segments.begin(), level.segments.end()) ||
        level.segments.back() != static_cast<int64_t>(level.indices.size()) ||
        std::any_of(level.indices.begin(), level.indices.end(), outside)) {
      return Refuse("its indices lie outside or are out of order");
    }
  }
  return levels;
}

// The places of the stored elements, level by level: each place of one level has children on the next.
Result<std::vector<int64_t>> Places(const std::vector<Level>& levels, size_t stored) {
  std::vector<int64_t> places = {0};
  for (const Level& level : levels) {
    std::vector<int64_t> next;
    if (level.is_compressed) {
      if (level.segments.size() != places.size() + 1) return Refuse("a segment is missing");
      for (size_t p = 0; p < places.size(); ++p) {
        for (int64_t i = level.segments[p]; i < level.segments[p + 1]; ++i) {
          next.push_back(places[p] + level.indices[static_cast<size_t>(i)] * level.stride);
        }
      }
    } else {
      // Each child leads to a stored element at least, unless a later level is empty; none is needed beyond them.
      const std::optional<size_t> count = CheckedMul(places.size(), static_cast<size_t>(level.size));
      if (!count || *count > (size_t{1} << 28)) return Refuse("it has too many indices");
      next.reserve(*count);
      for (const int64_t place : places) {
        for (int64_t i = 0; i < level.size; ++i) next.push_back(place + i * level.stride);
      }
    }
    places = std::move(next);
  }
  if (places.size() != stored) return Refuse("the number of its elements is another");
  return places;
}

}  // namespace

Result<std::shared_ptr<const ir::Buffer>> Densify(const schema::SparsityParameters& sparsity, const TensorType& type,
                                                  std::span<const std::byte> data, size_t max_bytes) {
  const std::optional<size_t> bytes = type.CheckedBytes();
  if (!bytes || *bytes > max_bytes) {
    return VERGE_ERROR(kResourceExhausted,
                       "is stored sparsely and has more than " + std::to_string(max_bytes) + " bytes when dense");
  }
  VERGE_TRY_ASSIGN(const std::vector<Level> levels, ReadLevels(sparsity, type.shape));
  const size_t element = DTypeBytes(type.dtype);
  if (data.size() % element != 0) return Refuse("its data end within an element");
  VERGE_TRY_ASSIGN(const std::vector<int64_t> places, Places(levels, data.size() / element));
  const std::shared_ptr<ir::Buffer> dense = ir::Buffer::Allocate(*bytes);
  for (size_t i = 0; i < places.size(); ++i) {
    std::memcpy(dense->mutable_data() + static_cast<size_t>(places[i]) * element, data.data() + i * element, element);
  }
  return std::shared_ptr<const ir::Buffer>(dense);
}

}  // namespace verge::tflite
