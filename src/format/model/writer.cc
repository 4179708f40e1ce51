#include "format/model/writer.h"

#include <bit>
#include <cstring>
#include <map>

#include "base/checked.h"
#include "format/model/attrs.h"
#include "format/model/crc32c.h"
#include "format/model/dynamic_tables.h"
#include "format/model/layout.h"

static_assert(std::endian::native == std::endian::little, "constants are stored as they lie in memory");

namespace verge::format {
namespace {

// Where each constant goes in the weights section, which a graph shares with its subgraphs, and in which form.
struct WeightsLayout {
  struct Place {
    uint64_t offset = 0;
    std::optional<std::vector<std::byte>> encoded;  // empty: as it is
  };
  std::vector<Place> places;   // one a value
  size_t bytes = 0;            // up to and with this graph
  uint64_t decoded_bytes = 0;  // of encoded constants, here and in the subgraphs
  std::vector<WeightsLayout> subgraphs;
};

std::span<const std::byte> StoredBytes(const ValueSpec& value, const WeightsLayout::Place& place) {
  if (place.encoded) return *place.encoded;
  return value.constant.value_or(std::span<const std::byte>());
}

Status CheckConstant(const ValueSpec& value) {
  if (value.type.CheckedBytes() == value.constant->size()) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, "constant " + value.name + " " + ToString(value.type.shape) + " " +
                                           DTypeName(value.type.dtype) + " has " +
                                           std::to_string(value.constant->size()) + " bytes of data");
}

Result<WeightsLayout> LayOutWeights(const ModelSpec& spec, size_t start, const StorageOptions& storage) {
  WeightsLayout layout;
  layout.bytes = start;
  layout.places.resize(spec.values.size());
  for (size_t i = 0; i < spec.values.size(); ++i) {
    const ValueSpec& value = spec.values[i];
    if (!value.constant) continue;
    VERGE_TRY(CheckConstant(value));
    WeightsLayout::Place& place = layout.places[i];
    place.offset = layout.bytes;
    place.encoded = EncodeConstant(value.type.dtype, *value.constant, storage);
    if (place.encoded) layout.decoded_bytes += value.constant->size();
    const std::optional<size_t> end = CheckedAdd(layout.bytes, StoredBytes(value, place).size());
    const std::optional<size_t> next = end ? CheckedAlignUp(*end, kModelAlignment) : std::nullopt;
    if (!next) return VERGE_ERROR(kResourceExhausted, "the constants exceed the address space");
    layout.bytes = *next;
  }
  for (const ModelSpec& subgraph : spec.subgraphs) {
    VERGE_TRY_ASSIGN(WeightsLayout inner, LayOutWeights(subgraph, layout.bytes, storage));
    layout.bytes = inner.bytes;
    layout.decoded_bytes += inner.decoded_bytes;
    layout.subgraphs.push_back(std::move(inner));
  }
  return layout;
}

void CopyWeights(const ModelSpec& spec, const WeightsLayout& layout, std::span<std::byte> weights) {
  for (size_t i = 0; i < spec.values.size(); ++i) {
    const std::span<const std::byte> stored = StoredBytes(spec.values[i], layout.places[i]);
    if (!stored.empty()) std::memcpy(weights.data() + layout.places[i].offset, stored.data(), stored.size());
  }
  for (size_t i = 0; i < spec.subgraphs.size(); ++i) CopyWeights(spec.subgraphs[i], layout.subgraphs[i], weights);
}

using Builder = flatbuffers::FlatBufferBuilder;

// Zero points that were written already: most are zeros, as many as there are channels, and values share one vector.
using ZeroPoints = std::map<std::vector<int32_t>, flatbuffers::Offset<flatbuffers::Vector<int32_t>>>;

flatbuffers::Offset<flatbuffers::Vector<int32_t>> WriteZeroPoints(Builder& b, std::span<const int32_t> numbers,
                                                                  ZeroPoints& written) {
  const auto [entry, is_new] = written.try_emplace({numbers.begin(), numbers.end()});
  if (is_new) entry->second = b.CreateVector(numbers.data(), numbers.size());
  return entry->second;
}

flatbuffers::Offset<vg::Value> WriteValue(Builder& b, ZeroPoints& written, const ValueSpec& value,
                                          const WeightsLayout::Place& place) {
  const auto name = b.CreateSharedString(value.name);
  const std::span<const int64_t> dims = value.type.shape.dims();
  const auto shape = b.CreateVector(dims.data(), dims.size());
  flatbuffers::Offset<vg::Quant> quant;
  if (value.type.quant.is_quantised()) {
    const QuantView& q = value.type.quant;
    const auto scales = b.CreateVector(q.scales.data(), q.scales.size());
    const auto zero_points = WriteZeroPoints(b, q.zero_points, written);
    quant = vg::CreateQuant(b, scales, zero_points, static_cast<uint32_t>(q.axis));
  }
  return vg::CreateValue(b, name, static_cast<uint8_t>(value.type.dtype), shape, quant, value.constant.has_value(),
                         place.offset, StoredBytes(value, place).size(), place.encoded.has_value());
}

Result<flatbuffers::Offset<vg::Graph>> WriteGraph(Builder& b, const ModelSpec& spec, const WeightsLayout& layout,
                                                  bool is_outermost) {
  std::vector<flatbuffers::Offset<vg::Graph>> subgraphs;
  for (size_t i = 0; i < spec.subgraphs.size(); ++i) {
    VERGE_TRY_ASSIGN(const auto subgraph, WriteGraph(b, spec.subgraphs[i], layout.subgraphs[i], false));
    subgraphs.push_back(subgraph);
  }
  std::map<ops::OpId, uint32_t> op_index;
  std::vector<flatbuffers::Offset<vg::Op>> op_list;
  std::vector<flatbuffers::Offset<vg::Node>> nodes;
  for (const NodeSpec& node : spec.nodes) {
    const ops::OpDef& def = ops::GetOp(node.op);
    if (op_index.try_emplace(node.op, static_cast<uint32_t>(op_list.size())).second) {
      op_list.push_back(vg::CreateOp(b, b.CreateSharedString(def.name), static_cast<uint32_t>(def.version)));
    }
    auto attrs = WriteAttrs(b, def, node.attrs);
    if (!attrs.ok()) return std::move(attrs).status().WithContext("node " + node.name + " (" + def.name + ")");
    const auto name = b.CreateSharedString(node.name);
    const auto attr_list = b.CreateVector(*attrs);
    const auto inputs = b.CreateVector(node.inputs);
    const auto outputs = b.CreateVector(node.outputs);
    const flatbuffers::Offset<flatbuffers::Vector<uint32_t>> indices =
        node.subgraphs.empty() ? 0 : b.CreateVector(node.subgraphs);
    nodes.push_back(vg::CreateNode(b, op_index[node.op], name, attr_list, inputs, outputs, indices));
  }
  std::vector<flatbuffers::Offset<vg::Value>> values;
  ZeroPoints zero_points;
  for (size_t i = 0; i < spec.values.size(); ++i) {
    values.push_back(WriteValue(b, zero_points, spec.values[i], layout.places[i]));
  }
  std::vector<flatbuffers::Offset<vg::Pair>> metadata;
  for (const auto& [key, value] : spec.metadata) {
    const auto k = b.CreateSharedString(key);
    metadata.push_back(vg::CreatePair(b, k, b.CreateSharedString(value)));
  }
  std::vector<flatbuffers::Offset<vg::State>> states;
  for (const StateSpec& s : spec.states) states.push_back(vg::CreateState(b, s.input, s.output, s.initial));
  const auto name = b.CreateSharedString(spec.name);
  const auto ops_vector = b.CreateVector(op_list);
  const auto value_vector = b.CreateVector(values);
  const auto node_vector = b.CreateVector(nodes);
  const auto inputs = b.CreateVector(spec.inputs);
  const auto outputs = b.CreateVector(spec.outputs);
  const auto pairs = b.CreateVector(metadata);
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<vg::State>>> state_vector = 0;
  if (!states.empty()) state_vector = b.CreateVector(states);
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<vg::Graph>>> graph_vector = 0;
  if (!subgraphs.empty()) graph_vector = b.CreateVector(subgraphs);
  flatbuffers::Offset<vg::Dynamics> dynamics = 0;
  if (!spec.dynamics.empty()) dynamics = WriteDynamics(b, spec.dynamics);
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<vg::CountedDim>>> counted = 0;
  if (!spec.counted.empty()) {
    std::vector<flatbuffers::Offset<vg::CountedDim>> list;
    for (const ModelCountedDim& c : spec.counted) {
      list.push_back(vg::CreateCountedDim(b, c.output, c.dim, c.factor, c.count));
    }
    counted = b.CreateVector(list);
  }
  return vg::CreateGraph(b, name, ops_vector, value_vector, node_vector, inputs, outputs, pairs, state_vector,
                         graph_vector, dynamics, counted, is_outermost ? layout.decoded_bytes : 0);
}

Result<flatbuffers::DetachedBuffer> WriteTables(const ModelSpec& spec, const WeightsLayout& layout) {
  Builder b;
  b.ForceDefaults(false);
  VERGE_TRY_ASSIGN(const auto graph, WriteGraph(b, spec, layout, true));
  vg::FinishGraphBuffer(b, graph);
  if (b.GetSize() > kMaxGraphBytes) return VERGE_ERROR(kResourceExhausted, "the graph tables exceed 256 MiB");
  return b.Release();
}

}  // namespace

Result<AlignedBytes> WriteModel(const ModelSpec& spec, const StorageOptions& storage) {
  VERGE_TRY_ASSIGN(const WeightsLayout layout, LayOutWeights(spec, 0, storage));
  VERGE_TRY_ASSIGN(const flatbuffers::DetachedBuffer graph, WriteTables(spec, layout));

  ModelHeader header;
  if (!spec.states.empty()) header.required |= kFeatureStates;
  if (!spec.subgraphs.empty()) header.required |= kFeatureSubgraphs;
  if (!spec.counted.empty()) header.required |= kFeatureCounted;
  if (layout.decoded_bytes > 0) header.required |= kFeatureEncoded;
  // A graph has less than 2 GiB, which is what FlatBuffers can address.
  const size_t weights_offset = *CheckedAlignUp(sizeof(ModelHeader) + graph.size(), kModelAlignment);
  const std::optional<size_t> file_bytes = CheckedAdd(weights_offset, layout.bytes);
  if (!file_bytes) return VERGE_ERROR(kResourceExhausted, "the model exceeds the address space");
  header.graph_offset = sizeof(ModelHeader);
  header.graph_bytes = graph.size();
  header.weights_offset = weights_offset;
  header.weights_bytes = layout.bytes;
  header.file_bytes = *file_bytes;

  VERGE_TRY_ASSIGN(AlignedBytes out, AlignedBytes::Allocate(*file_bytes));
  const std::span<std::byte> bytes = out.bytes();
  std::memcpy(bytes.data() + sizeof(ModelHeader), graph.data(), graph.size());
  const std::span<std::byte> weights = bytes.subspan(weights_offset);
  CopyWeights(spec, layout, weights);
  header.weights_crc = Crc32c(weights);
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.head_crc =
      Crc32c(bytes.subspan(sizeof(ModelHeader), graph.size()), Crc32c(bytes.first(offsetof(ModelHeader, head_crc))));
  std::memcpy(bytes.data(), &header, sizeof(header));
  return out;
}

}  // namespace verge::format
