// The list of models whose parity with LiteRT is tested: tests/parity/tflite.txt, one line a model.
//
//   <golden's path without .npz> <class> [off=SHARE] [tol=SHARE] [step=SIZE] [zeros] [open=N]  # why
//
//   <...>                         pending <reason>
//
//   float    every value within 1e-4 of the largest |wanted| one of its output
//   deep     the same with 1e-3: networks of more than 100 layers
//   int8     integer outputs: at most one step off, on at most 0.1 % of the values; float outputs: within 1e-4, or one
//            step= off; labels (i32, i64): another label counts as one off
//   alone    LiteRT refuses the model, there is no golden: the default kernels must agree with the reference kernels
//   zeros    an option: the recording holds nothing but zeros (elsewhere that fails, because it proves little)
//   open=N   an option: dimensions that the file leaves open are N, the first one 1
//   pending  not yet; the program says so and checks nothing
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::parity {

enum class Class { kFloat, kDeep, kInt8, kAlone, kPending };

struct Row {
  std::string model;  // "coral/mobilenet_v1_0.25_128_quant"
  Class kind = Class::kPending;
  double tolerance = 0;  // of float values, as a share of the largest |wanted|
  double most_off = 0;   // share of the values that may be one step off
  double step = 0;       // of float outputs that were quantised before; 0: none is allowed
  bool allows_zeros = false;
  double open = 0;     // for dimensions that the file leaves open; 0: there are none
  std::string reason;  // of a pending row
};

const char* ClassName(Class kind);

// Errors name the line.
Result<std::vector<Row>> ParseList(std::string_view text);

}  // namespace verge::parity
