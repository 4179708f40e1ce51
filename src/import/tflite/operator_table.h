// Finds what an operator of a file becomes: a converter, a mapping in an op's folder, or nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "import/tflite/context.h"
#include "import/tflite/mapping.h"

namespace verge::tflite {

struct Entry {
  const Converter* converter = nullptr;  // asked first, when it says that it applies
  const Mapping* mapping = nullptr;
  ops::OpId op = 0;  // of the mapping
};

// Null when nothing is known. `custom` is the name of a CUSTOM operator, else empty.
const Entry* FindEntry(schema::BuiltinOperator builtin, std::string_view custom);

// "ADD", "CUSTOM TFLite_Detection_PostProcess", ...: what the table has, in order.
std::vector<std::string> KnownOperators();

// What to do about an operator that is not known.
std::string Advice(schema::BuiltinOperator builtin, std::string_view custom);

}  // namespace verge::tflite
