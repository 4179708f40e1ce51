// Any text is refused or becomes a graph that prints, parses and prints the same again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ir/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::ir;
  const ParseLimits limits{.max_text_bytes = 1 << 16, .max_constant_bytes = 1 << 20};
  const auto graph = Parse({reinterpret_cast<const char*>(data), size}, limits);
  if (!graph.ok()) return 0;
  const PrintOptions all{.max_inline_elems = SIZE_MAX};
  const std::string once = Print(*graph, all);
  const auto again = Parse(once);
  if (!again.ok() || Print(*again, all) != once) std::abort();
  return 0;
}
