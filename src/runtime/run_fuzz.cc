// Foreign model files all the way: whatever the verifier accepts must load and run without a fault.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "format/model/aligned_bytes.h"
#include "format/model/crc32c.h"
#include "format/model/model.h"
#include "ops/op_ids.h"
#include "runtime/session.h"

namespace {

using verge::format::ModelHeader;

// Checksums made right, so that the fuzzer reaches what lies behind them.
void FixChecksums(std::span<std::byte> bytes) {
  ModelHeader header;
  if (bytes.size() < sizeof(header)) return;
  std::memcpy(&header, bytes.data(), sizeof(header));
  const auto graph_bytes = static_cast<size_t>(std::min<uint64_t>(header.graph_bytes, bytes.size() - sizeof(header)));
  header.head_crc = verge::format::Crc32c(bytes.subspan(sizeof(header), graph_bytes),
                                          verge::format::Crc32c(bytes.first(offsetof(ModelHeader, head_crc))));
  std::memcpy(bytes.data(), &header, sizeof(header));
}

// Some loops never end, which the format allows.
bool HasLoop(const verge::format::ModelTables& tables) {
  return std::ranges::any_of(tables.nodes, [](const auto& node) { return node.op == verge::ops::ids::kWhile; }) ||
         std::ranges::any_of(tables.subgraphs, HasLoop);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto bytes = verge::format::AlignedBytes::CopyOf({reinterpret_cast<const std::byte*>(data), size});
  if (!bytes.ok()) return 0;
  FixChecksums(bytes->bytes());
  constexpr size_t kMaxBytes = size_t{64} << 20;
  auto verified = verge::format::VerifiedModel::Verify(bytes->bytes(), nullptr,
                                                       {.check_weights = false, .max_decoded_bytes = kMaxBytes});
  if (!verified.ok()) return 0;
  auto model = verge::runtime::Model::Load(std::move(verified).value(), {.max_memory_bytes = kMaxBytes});
  constexpr uint64_t kMaxMacs = 20'000'000;  // keeps one run short
  if (!model.ok() || (*model)->macs() > kMaxMacs || HasLoop((*model)->tables())) return 0;
  auto session = verge::runtime::Session::Create(*model);
  if (session.ok()) session->Run();
  return 0;
}
