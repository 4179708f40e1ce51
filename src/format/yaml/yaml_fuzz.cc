// Any bytes: a tree within the limits, or an error. Never a crash, never more than the limits allow.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "format/yaml/yaml.h"

namespace {

size_t CountNodes(const verge::yaml::Node& node, int depth) {
  if (depth > 40) std::abort();
  size_t count = 1;
  for (const auto& item : node.items) count += CountNodes(item, depth + 1);
  for (const auto& [name, field] : node.fields) count += CountNodes(field, depth + 1);
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const verge::yaml::Params params = {{"video", "value"}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = verge::yaml::Parse("fuzz.yaml", text, &params, {.bytes = 1 << 16, .nodes = 500});
  if (document.ok() && CountNodes(document->root, 0) > 1000) std::abort();
  return 0;
}
