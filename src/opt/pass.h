// What an optimisation pass is: a function that rewrites a verified graph into a verified graph that computes the same.
//
// Each pass is a file of its own and a line of passes.def; RunPasses runs them in that order, again and again until a
// whole round changes nothing. docs/design/passes.md has the equation of each and when it applies.
// Exactness integers and moved data stay the same bits. Floats may be added and multiplied in another order, and
//           constants may be multiplied with each other first: results differ by roundings.
// Threads   one graph, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::opt {

struct PassReport {
  // A pass names the first so many of the places that it rewrote.
  static constexpr size_t kMaxNotes = 16;

  size_t changes = 0;              // how many places were rewritten; 0: the graph is as before
  std::vector<std::string> notes;  // what was rewritten, for people: "relu 'r1' into conv2d 'c1'"

  void Note(std::string note) {
    ++changes;
    if (notes.size() < kMaxNotes) notes.push_back(std::move(note));
  }
};

struct Pass {
  const char* name;     // "fold_constants"
  const char* summary;  // one line for people
  Result<PassReport> (*run)(ir::Graph& graph);
};

#define VERGE_PASS(name, Name, summary) Result<PassReport> Name(ir::Graph& graph);
#include "opt/passes.def"
#undef VERGE_PASS

// In the order they run.
std::vector<Pass> AllPasses();

// How much a graph is, with all that are nested in it, each counted once.
struct GraphSize {
  size_t nodes = 0;
  uint64_t macs = 0;  // multiply-accumulates by the ops' cost rules; what matrix products and convolutions do
};
GraphSize SizeOf(const ir::Graph& graph);

// One run of one pass.
struct PassOutcome {
  const char* name;
  size_t changes = 0;
  size_t round = 0;  // from 0
  GraphSize before;
  GraphSize after;
  std::vector<std::string> notes = {};  // PassReport::notes, of all nested graphs together
};

struct PassOptions {
  // Only the passes named here, in the order of passes.def; all of them when empty.
  std::vector<std::string_view> only = {};
  // Passes named here are left out.
  std::vector<std::string_view> without = {};
  // What stands between dequantize and quantize runs in integers: results differ by steps (opt/use_integers.h).
  bool integers = false;
  // Weights of large fully connected layers are stored in 4 bits, which changes results (opt/use_four_bits.h).
  bool four_bits = false;
  // Verify the graph after each pass (an error then is a bug of ours and names the pass).
  bool verify = true;
};

// kInvalidArgument, listing the known names, when one is unknown.
Status CheckPassNames(const std::vector<std::string_view>& names);

// Runs the passes; each sees the graph that the one before left. Rounds are repeated while something changes, a few at
// most: what one pass leaves may be what an earlier one looks for. Ends with ir::Compact.
// The outcomes stand in the order of the runs: of the first round all, of later ones those that changed something.
Result<std::vector<PassOutcome>> RunPasses(ir::Graph& graph, const PassOptions& options = {});

}  // namespace verge::opt
