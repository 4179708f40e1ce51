// Any bytes as a recording: an error, or packets that can all be read.
#include <cstdint>
#include <cstdlib>

#include "runner/pipeline/recording.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::runner::pipeline;
  const auto recording = Recording::Open({reinterpret_cast<const std::byte*>(data), size});
  if (!recording.ok()) return 0;
  uint64_t packets = 0;
  for (size_t i = 0; i < recording->streams().size(); ++i) {
    Recording::Cursor cursor(*recording, i);
    Packet packet;
    while (cursor.Next(packet).value()) ++packets;
  }
  if (packets != recording->packets()) std::abort();
  return 0;
}
