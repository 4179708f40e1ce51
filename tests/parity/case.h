// A line of tests/parity/onnx.txt or tflite.txt with the words that say how the model is opened and fed.
//
// After the words of list.h: shape:NAME=1x3 (of an input whose shape the file leaves open), value:NAME=16000 (an input
// that is a constant), range=LO..HI (of random floats; -1..1), unfused (ONNX Runtime runs the nodes as they stand in
// the file: with its fusions it does other arithmetic than ONNX defines)
#pragma once

#include <string>
#include <vector>

#include "backend/open.h"
#include "compare/inputs.h"
#include "parity/list.h"

namespace verge::parity {

struct Case {
  Row row;
  backend::CompileRequest request;
  compare::InputOptions inputs;
  bool is_unfused = false;
};

// Errors name the line.
Result<std::vector<Case>> ReadCases(const std::string& text);

}  // namespace verge::parity
