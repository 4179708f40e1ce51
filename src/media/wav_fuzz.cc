#include <cstdint>

#include "media/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto result = verge::media::DecodeWav({reinterpret_cast<const std::byte*>(data), size});
  (void)result;
  return 0;
}
