// Dimensions that are known only when a model runs, as its file describes them.
//
// The graph in the file is the one for the smallest size of every symbol. What changes with the sizes is listed: which
// dimensions of the inputs are which symbol, and which attributes and constants follow from dimensions. Everything else
// follows from the shape rules, which VerifiedModel::ForSizes runs again.
//
// Memory    names are borrowed, as in model.h.
// Threads   plain values.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace verge::format {

// Allowed are min, min + step, min + 2 step, ... up to max.
struct Symbol {
  std::string_view name;
  int64_t min = 1;
  int64_t max = 1;
  int64_t step = 1;
};

// Dimension `dim` of graph input `input` is symbol `symbol`; indices into ModelTables::inputs and Dynamics::symbols.
struct SymbolicDim {
  uint32_t input = 0;
  uint32_t dim = 0;
  uint32_t symbol = 0;
};

// Dimension `dim` of value `value`.
struct DimRef {
  uint32_t value = 0;
  uint32_t dim = 0;
};

// floor((factor * product of dims + offset) / divisor), divisor > 0.
struct Expression {
  int64_t factor = 1;
  int64_t offset = 0;
  int64_t divisor = 1;
  std::vector<DimRef> dims;
};

// Attribute `name` of node `node`, or entry `index` of it when it is a list, is `number`: of dimensions of graph inputs
// and of results of earlier nodes.
struct SymbolicAttr {
  uint32_t node = 0;
  std::string_view name;
  uint32_t index = 0;
  Expression number;
};

// Constant `value` has these dimensions, of graph inputs only, and the elements start + i * step, i = 0, 1, ...: zeros,
// positions, a mask of ones.
struct SymbolicConstant {
  uint32_t value = 0;
  std::vector<Expression> shape;
  double start = 0;
  double step = 0;
};

// Element `index` of constant `value`, which keeps its shape, is `number`, of dimensions of graph inputs only.
struct SymbolicElement {
  uint32_t value = 0;
  uint32_t index = 0;
  Expression number;
};

struct Dynamics {
  std::vector<Symbol> symbols;
  std::vector<SymbolicDim> dims;
  std::vector<SymbolicAttr> attrs;  // ascending by node
  std::vector<SymbolicConstant> constants;
  std::vector<SymbolicElement> elements;  // ascending by value
  bool empty() const { return symbols.empty(); }
};

inline constexpr size_t kMaxSymbols = 64;
inline constexpr size_t kMaxSymbolicParts = 1U << 20;  // of each list
inline constexpr size_t kMaxExpressionDims = 8;

}  // namespace verge::format
