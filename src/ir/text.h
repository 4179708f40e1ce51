// The text form of a graph, for people, tests and diffs. One statement a line, in order:
//
//   graph "name"
//   meta "description" = "finds faces"
//   input x: f32[1, 8, 8, 3]
//   const w: f32[2, 1, 1, 3] = [1, 2, 3, 4, 5, 6]
//   const q: u8[2] quant(scales=[0.5], zero_points=[3], axis=0) = [0, 255]
//   const z: f32[100] = fill(0)
//   state h: f32[4] = z                       (or `= _`: zeros)
//   y: f32[1, 8, 8, 2] = conv2d(x, w, _) {activation=relu} "node name"
//   output y
//   next h = h2                               (what the state is in the next run)
//   count 0 dim 1 = n                         (of output 0's dimension 1 the first n are filled; `= 4 * n` too)
//
// `_` is an omitted optional input. A node's type may be left out (the shape rule says it) and so may its name (it is
// then the name of its first output). Several outputs: `a: f32[1], b: f32[2] = op(x)`. '#' starts a comment. Names that
// are not of letters, digits, '_', '.', '/', ':' and '-', starting with a letter or '_', are quoted with \" \\ \n \xHH.
//
// A subgraph stands between `subgraph "name"` and `end`, before the nodes of the graph it belongs to, and is written by
// the same rules (without meta and state). A control-flow node names its subgraphs by number: `y = if(c, x) <0, 1>`.
//
// A constant of more elements than PrintOptions::max_inline_elems prints as `= digest(1f2e...)`, 64-bit FNV-1a of its
// bytes. Parse refuses such a line: the text does not hold the bytes.
//
// Parse(Print(g)) is g when all constants are printed inline (NaNs keep their being NaN, not their payload).
// Threads   pure functions.
#pragma once

#include <string>
#include <string_view>

#include "ir/graph.h"

namespace verge::ir {

struct PrintOptions {
  size_t max_inline_elems = 16;
};

std::string Print(const Graph& graph, const PrintOptions& options = {});

struct ParseLimits {
  size_t max_text_bytes = size_t{64} << 20;
  size_t max_constant_bytes = size_t{256} << 20;  // of all constants together
};

// The result has passed Verify. Errors start with "line N: ".
Result<Graph> Parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace verge::ir
