// The options of a custom operator: a map of numbers by name, in FlexBuffers, verified before it is read.
#pragma once

#include "import/tflite/context.h"

namespace verge::tflite {

class FlexOptions {
 public:
  // Bytes that are no map are an error of the context's; then every number is its default.
  explicit FlexOptions(OperatorContext& context);

  // A number that must be there, or one with a default. Missing ones are an error, and give 0.
  int64_t Int(const char* name) const;
  int64_t Int(const char* name, int64_t otherwise) const;
  float Float(const char* name) const;

 private:
  OperatorContext& context_;
  std::span<const uint8_t> bytes_;  // empty: not verified
};

}  // namespace verge::tflite
