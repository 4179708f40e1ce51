#include "ops/mapped_copy.h"

#include <algorithm>

#include "kernels/parallel_range.h"
#include "ops/nd_walk.h"

namespace verge::ops {
namespace {

constexpr size_t kGrainBytes = 32768;  // of y, that a thread takes at least

bool IsIdentity(std::span<const int64_t> map, int64_t size) {
  if (static_cast<int64_t>(map.size()) != size) return false;
  for (size_t i = 0; i < map.size(); ++i) {
    if (map[i] != static_cast<int64_t>(i)) return false;
  }
  return true;
}

// Neighbours in a row of y that come from neighbours, or from nowhere.
struct Block {
  size_t at = 0;  // bytes of the row
  size_t bytes = 0;
  int64_t from = 0;  // bytes of x from where the row starts, or kOutside
};
constexpr size_t kMostBlocks = 8;

// y as rows of the last dimension that is not copied as it is.
struct Rows {
  int last = -1;      // that dimension; -1: there is none
  size_t run = 1;     // bytes of one position of it
  size_t step = 1;    // bytes of x from one position to the next
  int64_t start = 0;  // elements of x to what dimensions of one position behind it pick, or kOutside
  size_t count = 1;   // of rows
  size_t bytes = 0;   // of a row of y
  size_t blocks = 0;  // 0: the rows are too torn for blocks
  std::array<Block, kMostBlocks> block;
};

void FindBlocks(std::span<const int64_t> map, Rows& rows) {
  const auto run = static_cast<int64_t>(rows.run);
  for (size_t i = 0; i < map.size();) {
    size_t end = i + 1;
    const bool is_outside = map[i] == kOutside;
    while (end < map.size() && map[end] == (is_outside ? kOutside : map[end - 1] + 1)) ++end;
    if (rows.blocks == kMostBlocks) {
      rows.blocks = 0;
      return;
    }
    rows.block[rows.blocks++] = {i * rows.run, (end - i) * rows.run, is_outside ? kOutside : map[i] * run};
    i = end;
  }
}

Rows RowsOf(const MappedCopy& copy) {
  Rows rows;
  rows.run = copy.element_bytes;
  rows.last = copy.y.rank() - 1;
  while (rows.last >= 0 && IsIdentity(copy.maps[static_cast<size_t>(rows.last)], copy.x[rows.last])) {
    rows.run *= static_cast<size_t>(copy.y[rows.last--]);
  }
  if (rows.last < 0) return rows;
  const Strides strides = RowMajorStrides(copy.x);
  while (rows.last > 0 && copy.y[rows.last] == 1 && rows.start != kOutside) {
    const auto k = static_cast<size_t>(rows.last--);
    rows.start = copy.maps[k][0] == kOutside ? kOutside : rows.start + copy.maps[k][0] * strides[k];
  }
  rows.count = 1;
  for (int d = 0; d < rows.last; ++d) rows.count *= static_cast<size_t>(copy.y[d]);
  const std::span<const int64_t> map = copy.maps[static_cast<size_t>(rows.last)];
  rows.step = static_cast<size_t>(strides[static_cast<size_t>(rows.last)]) * copy.element_bytes;
  rows.bytes = map.size() * rows.run;
  if (rows.step == rows.run) FindBlocks(map, rows);
  return rows;
}

void FillBlank(const MappedCopy& copy, std::byte* to, size_t bytes) {
  const auto first = copy.blank.begin(), end = first + static_cast<std::ptrdiff_t>(copy.element_bytes);
  if (std::all_of(first, end, [&](std::byte b) { return b == *first; })) {
    std::memset(to, static_cast<int>(*first), bytes);
    return;
  }
  for (size_t at = 0; at < bytes; at += copy.element_bytes) {
    std::memcpy(to + at, copy.blank.data(), copy.element_bytes);
  }
}

// A row position by position; kRun 0: of any size.
template <size_t kRun>
void CopyPositions(const MappedCopy& copy, const Rows& rows, const std::byte* x, std::byte* y) {
  const size_t run = kRun != 0 ? kRun : rows.run;
  for (const int64_t from : copy.maps[static_cast<size_t>(rows.last)]) {
    if (from == kOutside) {
      FillBlank(copy, y, run);
    } else {
      std::memcpy(y, x + static_cast<size_t>(from) * rows.step, run);
    }
    y += run;
  }
}

void CopyBlocks(const MappedCopy& copy, const Rows& rows, const std::byte* x, std::byte* y) {
  for (size_t i = 0; i < rows.blocks; ++i) {
    const Block& block = rows.block[i];
    if (block.from == kOutside) {
      FillBlank(copy, y + block.at, block.bytes);
    } else {
      std::memcpy(y + block.at, x + block.from, block.bytes);
    }
  }
}

using CopyRow = void (*)(const MappedCopy&, const Rows&, const std::byte*, std::byte*);

CopyRow CopyRowOf(const Rows& rows) {
  if (rows.blocks > 0) return CopyBlocks;
  switch (rows.run) {
    case 1: return CopyPositions<1>;
    case 2: return CopyPositions<2>;
    case 4: return CopyPositions<4>;
    case 8: return CopyPositions<8>;
    case 12: return CopyPositions<12>;
    case 16: return CopyPositions<16>;
    case 32: return CopyPositions<32>;
    case 64: return CopyPositions<64>;
    default: return CopyPositions<0>;
  }
}

// Where the rows start in x: one after the other from row `first`.
class RowStarts {
 public:
  RowStarts(const MappedCopy& copy, int last, size_t first)
      : copy_(copy), strides_(RowMajorStrides(copy.x)), last_(last) {
    for (int d = last - 1; d >= 0; --d) {
      const auto size = static_cast<size_t>(copy.y[d]);
      at_[static_cast<size_t>(d)] = first % size;
      first /= size;
    }
  }
  // In elements; kOutside: the row is all blank.
  int64_t Start() const {
    int64_t start = 0;
    for (int d = 0; d < last_; ++d) {
      const auto k = static_cast<size_t>(d);
      const int64_t from = copy_.maps[k][at_[k]];
      if (from == kOutside) return kOutside;
      start += from * strides_[k];
    }
    return start;
  }
  void Next() {
    for (int d = last_ - 1; d >= 0; --d) {
      const auto k = static_cast<size_t>(d);
      if (++at_[k] < static_cast<size_t>(copy_.y[d])) return;
      at_[k] = 0;
    }
  }

 private:
  const MappedCopy& copy_;
  Strides strides_;
  int last_;
  std::array<size_t, Shape::kMaxRank> at_{};
};

}  // namespace

void RunMappedCopy(const MappedCopy& copy, const std::byte* x, std::byte* y, Parallel* parallel) {
  const Rows rows = RowsOf(copy);
  if (rows.last < 0) {
    std::memcpy(y, x, rows.run);
    return;
  }
  if (rows.start == kOutside) return FillBlank(copy, y, copy.y.elems() * copy.element_bytes);
  x += static_cast<size_t>(rows.start) * copy.element_bytes;
  const CopyRow copy_row = CopyRowOf(rows);
  kernels::ParallelRange(parallel, rows.count, kGrainBytes / rows.bytes + 1, [&](size_t begin, size_t end) {
    RowStarts starts(copy, rows.last, begin);
    for (size_t row = begin; row < end; ++row, starts.Next()) {
      const int64_t start = starts.Start();
      std::byte* const to = y + row * rows.bytes;
      if (start == kOutside) {
        FillBlank(copy, to, rows.bytes);
      } else {
        copy_row(copy, rows, x + static_cast<size_t>(start) * copy.element_bytes, to);
      }
    }
  });
}

}  // namespace verge::ops
