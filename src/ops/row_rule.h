// Which ops can compute their result a few rows at a time, so that a chain of them can run in bands of rows whose
// values in between stay in the processor's cache.
//
// Rows are dimension 1 of tensors [1, h, w, c]. Output row i reads the rows [i * stride - pad_top, + reach) of the
// input it is linked by, as far as they exist, and row i alone of the others (or all of a smaller one that is broadcast
// over the rows). A kernel runs rows [begin, end) when it is given tensors that hold just these rows and what they
// read, and attributes whose padding is what lies outside: to it that is an image of fewer rows. The bits are those of
// a whole run where each output element is computed from its own window in one order; ops whose kernels do not promise
// that, or that look at the whole image (hybrid layers measure its range), have no rule.
//
// Threads   pure functions
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ops/op_def.h"

namespace verge::ops {

struct RowRule {
  int64_t stride = 1;
  int64_t reach = 1;
  int64_t pad_top = 0;
  bool is_window = false;  // false: row i of the output needs row i alone, and may take its place
};

// Rows [begin, end).
struct RowSpan {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
};

// Empty when a node of these types cannot run in rows through its input `linked`.
std::optional<RowRule> RowRuleOf(OpId op, const OpAttrs& attrs, std::span<const TensorType> inputs, size_t linked,
                                 const TensorType& output);

// The rows of an input of `height` rows that the output rows `rows` read.
RowSpan RowsRead(const RowRule& rule, RowSpan rows, int64_t height);

// The attributes of a node with a window for an image that has just the rows read: padding is what `rows` see above it.
void SetRowPadding(OpId op, const RowRule& rule, RowSpan rows, OpAttrs& attrs);

// Whether an input of this shape is read row by row (its dimension of rows is as the output's), not as a whole.
bool HasRowsOf(const Shape& input, const Shape& output);
// The dimension that counts rows in a shape that is broadcast to [1, h, w, c].
int RowDimension(const Shape& shape);

}  // namespace verge::ops
