// Any bytes are refused or become a graph that passes the verifier and prints. Import itself computes what is constant,
// so the reference kernels are reached too.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "import/onnx/import.h"
#include "ir/text.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge;
  onnx::ImportOptions options;
  options.limits = {.max_file_bytes = 1 << 20, .max_nodes = 1 << 10, .max_tensor_bytes = 1 << 20, .max_depth = 40};
  options.fold = {.max_output_bytes = 1 << 16, .max_total_bytes = 1 << 20, .max_macs = 100'000, .max_steps = 2000};
  const Result<ir::Graph> graph = onnx::Import(std::as_bytes(std::span(data, size)), options);
  if (!graph.ok()) return 0;
  if (!ir::Verify(*graph).ok()) std::abort();
  if (ir::Print(*graph).empty()) std::abort();
  return 0;
}
