// First byte: which parser; the rest: its input.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sys/http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::sys::http;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) {
    const auto target = ParseTarget(text);
    if (target.ok() && (target->path.empty() || target->path.find("/../") != std::string::npos)) std::abort();
  } else if (data[0] % 3 == 1) {
    const uint64_t length = data[0] * uint64_t{7};
    const ByteRange range = ParseRange(text, length);
    if (range.kind == ByteRange::Kind::kPart && (range.first > range.last || range.last >= length)) std::abort();
  } else {
    (void)EtagMatches(text, "\"sha256:00\"");
  }
  return 0;
}
