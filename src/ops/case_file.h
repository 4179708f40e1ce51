// Reads .cases files: one line a case,
//   name: f32[1, 4, 4, 3], const f32[8, 3, 3, 3], none {stride_h=2} tol=1e-5 range=-4..4
// inputs in order (`const`: known at load; `none`: omitted), attributes as attr_text.h, and
//   q(S:Z)       after a type: quantised with scale S and zero point Z
//   q(S..T:Z/A)  scales from S to T along dimension A, one an index
//   -> q(S:Z)    after the inputs: the quantisation of output 0
//   tol     allowed |got - want| as a share of the largest |want| of the output; 0: the same bits
//   range   inputs are uniform in it (default -1..1)
//   zeros   so many of a hundred elements of constants are zero (default 0)
// '#' starts a comment. For tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ops/op_def.h"

namespace verge::ops {

struct CaseQuant {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  int axis = 0;
};

struct CaseInput {
  TensorType type;
  std::shared_ptr<const CaseQuant> quant;  // what type.quant borrows; shared because cases are copied
  bool is_constant = false;
  bool is_present = true;
};

struct Case {
  std::string name;
  OpId op = 0;
  OpAttrs attrs;
  std::vector<CaseInput> inputs;
  std::shared_ptr<const CaseQuant> output_quant;  // null: none
  double tolerance = 0;
  float lo = -1;
  float hi = 1;
  int zeros = 0;
};

// Errors name the line.
Result<std::vector<Case>> ParseCases(OpId op, std::string_view text);

QuantView ViewOf(const std::shared_ptr<const CaseQuant>& quant);

// "f32[1, 2]" -> type.
Result<TensorType> ParseTensorType(std::string_view text);

}  // namespace verge::ops
