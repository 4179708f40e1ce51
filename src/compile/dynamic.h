// Models with open sizes: one .vg file for every size of a range.
//
// Importers make static graphs. The whole way from file to optimised graph is therefore walked for several choices of
// sizes (both ends of each range, the first ones, some between); the graphs must be alike, and every attribute and
// constant that differs must follow from dimensions by an expression (format/model/dynamic.h) that holds at all of
// them. The result is then run at further sizes and compared with what the importer makes there. What does not follow
// is an error that names it.
//
// Threads   pure functions, as far as `import` is one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "compile/compile.h"

namespace verge::compile {

struct OpenSize {
  std::string name;
  SizeRange range;
};

struct OpenDim {
  std::string input;
  int dim = 0;
  size_t size = 0;  // index into the list of open sizes
};

// Gives the graph for one number an open size.
using ImportForSizes = std::function<Result<ir::Graph>(std::span<const int64_t> sizes)>;

// kUnsupported names the value, attribute or node that depends on a size in a way that cannot be described.
Result<Compiled> CompileDynamic(const ImportForSizes& import, const std::vector<OpenSize>& sizes,
                                const std::vector<OpenDim>& dims, const CompileOptions& options);

}  // namespace verge::compile
