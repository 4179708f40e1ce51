#include "import/tflite/flex_options.h"

#include <flatbuffers/flexbuffers.h>

namespace verge::tflite {
namespace {

flexbuffers::Reference Find(std::span<const uint8_t> bytes, const char* name) {
  if (bytes.empty()) return {};
  return flexbuffers::GetRoot(bytes.data(), bytes.size()).AsMap()[name];
}

}  // namespace

FlexOptions::FlexOptions(OperatorContext& context) : context_(context) {
  constexpr size_t kSmallest = 3;  // a value, its type, its width
  constexpr size_t kMost = 1 << 20;
  const std::span<const uint8_t> bytes = context.CustomOptions();
  const bool is_sound = bytes.size() >= kSmallest && bytes.size() <= kMost &&
                        flexbuffers::VerifyBuffer(bytes.data(), bytes.size()) &&
                        flexbuffers::GetRoot(bytes.data(), bytes.size()).IsMap();
  if (is_sound) {
    bytes_ = bytes;
  } else {
    context.Invalid("has options that are no map of numbers");
  }
}

int64_t FlexOptions::Int(const char* name) const {
  const flexbuffers::Reference found = Find(bytes_, name);
  if (found.IsNumeric() || found.IsBool()) return found.AsInt64();
  context_.Invalid("has no option '" + std::string(name) + "'");
  return 0;
}

int64_t FlexOptions::Int(const char* name, int64_t otherwise) const {
  const flexbuffers::Reference found = Find(bytes_, name);
  return found.IsNumeric() || found.IsBool() ? found.AsInt64() : otherwise;
}

float FlexOptions::Float(const char* name) const {
  const flexbuffers::Reference found = Find(bytes_, name);
  if (found.IsNumeric()) return found.AsFloat();
  context_.Invalid("has no option '" + std::string(name) + "'");
  return 0;
}

}  // namespace verge::tflite
