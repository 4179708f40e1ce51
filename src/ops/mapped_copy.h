// Copies of a tensor that take every dimension by itself: slices, tiles, borders, nearest pixels, picked rows.
//
//   y[i_0, i_1, ...] = x[map_0[i_0], map_1[i_1], ...], or `blank` where a map says kOutside
//
// Dimensions at the end that map to themselves are copied as one run.
//
// A fast kernel is one line for a struct that says
//   Supports(const PrepareArgs&)
//   ShapesOf(attrs, x, y)               the tensors' shapes, or others of the same memory, of the same rank
//   Fill(const RunArgs&, d, map)        map_d
//   BlankOf(const RunArgs&)             the bits of `blank`
//
// Requires  every map stays inside x
// Memory    no heap; maps lie in scratch
// Threads   rows of y are shared out
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "ops/kernel.h"
#include "ops/scratch.h"

namespace verge::ops {

inline constexpr int64_t kOutside = -1;

struct MappedShapes {
  Shape x, y;
};

// The bits of one element.
using Blank = std::array<std::byte, 8>;

using Maps = std::array<std::span<int64_t>, Shape::kMaxRank>;

struct MappedCopy {
  Shape x, y;
  Maps maps;  // overwritten
  size_t element_bytes = 1;
  Blank blank{};
};
void RunMappedCopy(const MappedCopy& copy, const std::byte* x, std::byte* y, Parallel* parallel);

template <typename T>
Blank BlankOfValue(T value) {
  Blank blank{};
  std::memcpy(blank.data(), &value, sizeof value);
  return blank;
}

// What most ops say.
struct PlainMap {
  static bool Supports(const PrepareArgs& /*args*/) { return true; }
  static MappedShapes ShapesOf(const OpAttrs& /*attrs*/, const Shape& x, const Shape& y) { return {x, y}; }
  static Blank BlankOf(const RunArgs& /*args*/) { return {}; }
};

inline Maps TakeMaps(Scratch& scratch, const Shape& y) {
  Maps maps;
  for (int d = 0; d < y.rank(); ++d) maps[static_cast<size_t>(d)] = scratch.Take<int64_t>(static_cast<size_t>(y[d]));
  return maps;
}

template <typename Map>
struct MappedCopyKernel {
  static constexpr Kernel Make(const char* name) { return {name, Map::Supports, Prepare, nullptr, Run}; }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    Scratch scratch(nullptr);
    TakeMaps(scratch, Map::ShapesOf(args.attrs, args.inputs[0].type.shape, args.outputs[0].shape).y);
    return KernelNeeds{.scratch_bytes = scratch.bytes()};
  }

  static void Run(const RunArgs& args) {
    const Tensor &x = args.inputs[0], &y = args.outputs[0];
    if (y.shape().elems() == 0) return;
    const MappedShapes shapes = Map::ShapesOf(args.attrs, x.shape(), y.shape());
    Scratch scratch(args.scratch);
    const MappedCopy copy{shapes.x, shapes.y, TakeMaps(scratch, shapes.y), DTypeBytes(y.dtype()), Map::BlankOf(args)};
    for (int d = 0; d < shapes.y.rank(); ++d) Map::Fill(args, d, copy.maps[static_cast<size_t>(d)]);
    RunMappedCopy(copy, x.as<const std::byte>(), y.as<std::byte>(), args.parallel);
  }
};

}  // namespace verge::ops

// Defines k<Name>Fast as the copies of Map alone.
#define VERGE_MAPPED_COPY(Name, Map, name)                              \
  namespace {                                                           \
  constexpr Kernel kMapped = MappedCopyKernel<Map>::Make(name "__any"); \
  constexpr const Kernel* kMappedList[] = {&kMapped};                   \
  }                                                                     \
  extern const std::span<const Kernel* const> k##Name##Fast;            \
  constinit const std::span<const Kernel* const> k##Name##Fast{kMappedList};
