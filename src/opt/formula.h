// Reads arithmetic out of graphs whatever way it was written: x * 0.5 * y, (x / 2) * y and x * (y * 0.5) are one
// product. For passes that look for a formula.
//
// Only f32 counts, and only what nobody else reads: a part that others read has to be computed anyway.
#pragma once

#include <optional>
#include <vector>

#include "opt/rewriter.h"

namespace verge::opt {

// factor * values... / divisors...
struct Product {
  double factor = 1;
  std::vector<ir::ValueId> values;
  std::vector<ir::ValueId> divisors;
  size_t nodes = 0;  // that compute it
};

// The product that a node's output is; one value, its output, when it is no mul, div, neg or power of 2 or 3. `node`
// itself need not be read once.
Product ProductOf(const Rewriter& r, const ir::Node& node);
// The product that a value is, when it is read once.
Product ProductOf(const Rewriter& r, ir::ValueId id);

// x + constant, for a sum with one number; empty for anything else. The node's activation is left to the caller.
struct Shifted {
  ir::ValueId x = ir::kNoValue;
  float offset = 0;
};
std::optional<Shifted> ShiftedOf(const Rewriter& r, const ir::Node& node);

// Equal but for the places that people round constants to; false for what is not finite.
bool IsNear(double a, double b);

// max(lo, min(x, hi)) written in any way: relu, relu6, an activation, max and min with constants.
struct Clamped {
  ir::ValueId x = ir::kNoValue;   // what is clamped; kNoValue when it is `sum`'s result before its activation
  const ir::Node* sum = nullptr;  // the node whose activation it is
  float lo = 0;
  float hi = 0;
};
std::optional<Clamped> ClampedOf(const Rewriter& r, const ir::Node& node);
// The same for a value that is read once.
std::optional<Clamped> ClampedOf(const Rewriter& r, ir::ValueId id);

}  // namespace verge::opt
