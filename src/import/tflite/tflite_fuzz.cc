// Any bytes are refused or become a graph that passes the verifier, prints, and survives the passes' first question:
// the types its shape rules make.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "import/tflite/import.h"
#include "ir/text.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge;
  const tflite::ImportLimits limits{.max_file_bytes = 1 << 20, .max_activation_bytes = 1 << 24};
  const Result<ir::Graph> graph = tflite::Import(std::as_bytes(std::span(data, size)), limits);
  if (!graph.ok()) return 0;
  if (!ir::Verify(*graph).ok()) std::abort();
  if (ir::Print(*graph).empty()) std::abort();
  return 0;
}
