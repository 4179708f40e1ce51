// Header, checksums and sections; the door of verification.
#include <cstdint>
#include <cstring>
#include <string>

#include "base/checked.h"
#include "format/model/crc32c.h"
#include "format/model/tables.h"

namespace verge::format {
namespace {

Status Damaged(size_t offset, const std::string& what) {
  return VERGE_ERROR(kDataLoss, "model file, byte " + std::to_string(offset) + ": " + what);
}

Status CheckIdentity(const ModelHeader& header, size_t size) {
  if (header.magic != kModelMagic) return Damaged(0, "not a .vg model (the first bytes are not VRGM)");
  if (header.major != kModelMajor) {
    return VERGE_ERROR(kUnsupported, "model file, byte 4: format version " + std::to_string(header.major) +
                                         "; this build reads version 1. Import the model again, or update Verge");
  }
  if ((header.required & ~kKnownFeatures) != 0) {
    return VERGE_ERROR(kUnsupported,
                       "model file, byte 52: it needs features that this build does not know; update Verge");
  }
  if (header.file_bytes > size) {
    return Damaged(size, "truncated: the file should have " + std::to_string(header.file_bytes) + " bytes");
  }
  if (header.file_bytes < size)
    return Damaged(static_cast<size_t>(header.file_bytes), "bytes after the end of the model");
  return Status::Ok();
}

Status CheckPlaces(const ModelHeader& header) {
  if (header.graph_offset != sizeof(ModelHeader)) return Damaged(16, "the graph section does not follow the header");
  if (header.graph_bytes > kMaxGraphBytes || !RangeFits(header.graph_offset, header.graph_bytes, header.file_bytes)) {
    return Damaged(24, "the graph section reaches beyond the file or is larger than 256 MiB");
  }
  const uint64_t graph_end = header.graph_offset + header.graph_bytes;
  const uint64_t weights = (graph_end + kModelAlignment - 1) / kModelAlignment * kModelAlignment;
  if (header.weights_offset != weights || weights > header.file_bytes ||
      header.weights_bytes != header.file_bytes - weights) {
    return Damaged(32, "the weights section does not fill the file from the next multiple of 64 after the graph");
  }
  if (header.reserved != 0) return Damaged(56, "a reserved field is not zero");
  return Status::Ok();
}

// An older reader goes by these bits alone, so they must say what is there.
Status CheckFeatures(const ModelTables& tables, uint32_t required) {
  const uint32_t used =
      (tables.states.empty() ? 0 : kFeatureStates) | (tables.subgraphs.empty() ? 0 : kFeatureSubgraphs) |
      (tables.counted.empty() ? 0 : kFeatureCounted) | (tables.decoded_bytes == 0 ? 0 : kFeatureEncoded);
  if (used == required) return Status::Ok();
  return Damaged(52, "the features that the header states are not those that the graph uses");
}

// The graph that is stored must be the one that its own description gives for the smallest sizes.
Status CheckDynamics(const VerifiedModel& model) {
  const ModelTables& tables = model.tables();
  if (tables.dynamics.empty()) return Status::Ok();
  std::vector<int64_t> smallest;
  for (const Symbol& symbol : tables.dynamics.symbols) smallest.push_back(symbol.min);
  const Result<VerifiedModel> again = model.ForSizes(smallest);
  if (!again.ok()) return VERGE_ERROR(kDataLoss, "model graph: its sizes: " + std::string(again.status().message()));
  for (size_t i = 0; i < tables.values.size(); ++i) {
    if (tables.values[i].type.shape == again->tables().values[i].type.shape) continue;
    return VERGE_ERROR(kDataLoss, "model graph: value " + std::to_string(i) + " is stored as " +
                                      ToString(tables.values[i].type.shape) + ", its sizes say " +
                                      ToString(again->tables().values[i].type.shape));
  }
  return Status::Ok();
}

}  // namespace

Result<ModelSections> ReadSections(std::span<const std::byte> bytes, const VerifyOptions& options) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kModelAlignment != 0) {
    return VERGE_ERROR(kInvalidArgument, "a model in memory must start at a multiple of 64");
  }
  if (bytes.size() < sizeof(ModelHeader)) return Damaged(bytes.size(), "truncated within the 64-byte header");
  ModelHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  VERGE_TRY(CheckIdentity(header, bytes.size()));
  VERGE_TRY(CheckPlaces(header));
  // Within the file, so that they fit 32 bits where a size has no more.
  const auto graph_offset = static_cast<size_t>(header.graph_offset);
  const auto graph_bytes = static_cast<size_t>(header.graph_bytes);
  const auto weights_offset = static_cast<size_t>(header.weights_offset);
  const ModelSections sections{bytes.subspan(graph_offset, graph_bytes), bytes.subspan(weights_offset),
                               header.required};
  const uint32_t head_crc = Crc32c(sections.graph, Crc32c(bytes.first(offsetof(ModelHeader, head_crc))));
  if (head_crc != header.head_crc)
    return Damaged(60, "the checksum of header and graph does not match: bytes were changed");
  for (size_t i = graph_offset + graph_bytes; i < weights_offset; ++i) {
    if (bytes[i] != std::byte{0}) return Damaged(i, "the padding before the weights is not zero");
  }
  if (options.check_weights && Crc32c(sections.weights) != header.weights_crc) {
    return Damaged(weights_offset, "the checksum of the weights does not match: bytes were changed");
  }
  return sections;
}

Result<VerifiedModel> VerifiedModel::Verify(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                                            const VerifyOptions& options) {
  VERGE_TRY_ASSIGN(const ModelSections sections, ReadSections(bytes, options));
  const auto both = std::make_shared<ModelOwner>();
  VERGE_TRY_ASSIGN(ModelTables tables, DecodeTables(sections, options.max_decoded_bytes, *both));
  if (!both->constants.empty()) {
    both->file = std::move(owner);
    owner = both;
  }
  VERGE_TRY(CheckGraph(tables));
  VERGE_TRY(CheckFeatures(tables, sections.required));
  VerifiedModel model(std::move(tables), std::move(owner));
  VERGE_TRY(CheckDynamics(model));
  return model;
}

}  // namespace verge::format
