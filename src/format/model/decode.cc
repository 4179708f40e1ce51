// Graph section -> ModelTables. Everything a table alone can get wrong is caught here.
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/checked.h"
#include "format/model/attrs.h"
#include "format/model/dynamic_tables.h"
#include "format/model/encoding/encoding.h"
#include "format/model/tables.h"

namespace verge::format {
namespace {

constexpr flatbuffers::uoffset_t kMaxDepth = 16 + 4 * kMaxSubgraphDepth;  // a graph and its tables inside a graph
constexpr flatbuffers::uoffset_t kMaxTables = 4'000'000;

Status Damaged(const std::string& what) { return VERGE_ERROR(kDataLoss, "model graph: " + what); }

std::string Place(const char* kind, size_t index, std::string_view name) {
  return std::string(kind) + " " + std::to_string(index) + " (" + std::string(name.substr(0, 128)) + ")";
}

bool IsGoodName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;  // would garble terminals and logs
  }
  return true;
}

std::span<const uint32_t> AsSpan(const flatbuffers::Vector<uint32_t>* v) {
  return v != nullptr ? std::span<const uint32_t>(v->data(), v->size()) : std::span<const uint32_t>();
}

// The library's verifier aligns the length of a vector, not its 8-byte elements.
bool IsAligned(const flatbuffers::Vector<int64_t>& v) {
  return v.size() == 0 || reinterpret_cast<uintptr_t>(v.data()) % alignof(int64_t) == 0;
}

struct ZeroPointRange {
  int64_t min = 0;
  int64_t max = 0;
};

ZeroPointRange ZeroPointsOf(DType dtype) {
  if (dtype == DType::kI8) return {-128, 127};
  if (dtype == DType::kU8) return {0, 255};
  if (dtype == DType::kI16) return {-32768, 32767};
  return {0, 0};
}

Status DecodeQuant(const vg::Quant& quant, TensorType& type) {
  const auto& scales = *quant.scales();
  const auto& zero_points = *quant.zero_points();
  if (scales.size() == 0 || scales.size() != zero_points.size()) {
    return Damaged("quantisation needs one zero point a scale, and at least one");
  }
  const auto axis = static_cast<int64_t>(quant.axis());
  if (axis > Shape::kMaxRank) return Damaged("quantisation axis " + std::to_string(axis));
  if (scales.size() > 1 && (axis >= type.shape.rank() || type.shape[static_cast<int>(axis)] != scales.size())) {
    return Damaged("there are " + std::to_string(scales.size()) + " quantisation scales for axis " +
                   std::to_string(axis) + " of " + ToString(type.shape));
  }
  const ZeroPointRange range = ZeroPointsOf(type.dtype);
  for (flatbuffers::uoffset_t i = 0; i < scales.size(); ++i) {
    if (!std::isfinite(scales.Get(i)) || scales.Get(i) < 0) return Damaged("a quantisation scale is not a number >= 0");
    if (zero_points.Get(i) < range.min || zero_points.Get(i) > range.max) {
      return Damaged("zero point " + std::to_string(zero_points.Get(i)) + " does not fit " + DTypeName(type.dtype));
    }
  }
  type.quant = {{scales.data(), scales.size()}, {zero_points.data(), zero_points.size()}, static_cast<int>(axis)};
  return Status::Ok();
}

Status DecodeType(const vg::Value& value, TensorType& type) {
  if (value.dtype() >= kDTypeCount) {
    return VERGE_ERROR(kUnsupported,
                       "model graph: element type " + std::to_string(value.dtype()) + " is not known to this build");
  }
  type.dtype = static_cast<DType>(value.dtype());
  if (value.shape() != nullptr) {
    if (!IsAligned(*value.shape())) return Damaged("a shape is not aligned to 8 bytes");
    const auto shape = Shape::FromSpan({value.shape()->data(), value.shape()->size()});
    if (!shape) return Damaged("a shape has a negative dimension or more than 8");
    type.shape = *shape;
  }
  if (!type.CheckedBytes()) return Damaged("shape " + ToString(type.shape) + " overflows");
  if (value.quant() != nullptr) VERGE_TRY(DecodeQuant(*value.quant(), type));
  return Status::Ok();
}

// Where constants come from. Encoded ones go to memory of the owner, no more than the file said it needs.
struct Weights {
  std::span<const std::byte> stored;
  uint64_t decoded_left;
  std::vector<AlignedBytes>& decoded;
};

Result<const std::byte*> Decoded(std::span<const std::byte> stored, const TensorType& type, Weights& weights) {
  const size_t bytes = *type.CheckedBytes();
  if (bytes == 0) return Damaged("an empty constant is encoded");
  if (bytes / kMaxExpansion > stored.size()) return Damaged("encoded data claim to expand more than 256 times");
  if (bytes > weights.decoded_left) return Damaged("encoded data are larger than the model states");
  weights.decoded_left -= bytes;
  VERGE_TRY_ASSIGN(AlignedBytes memory, AlignedBytes::Allocate(bytes));
  VERGE_TRY(DecodeConstant(stored, DTypeBytes(type.dtype), memory.bytes()));
  weights.decoded.push_back(std::move(memory));
  return std::as_const(weights.decoded.back()).bytes().data();
}

Status PlaceConstant(const vg::Value& stored, Weights& weights, ModelValue& value) {
  if (!stored.is_constant()) {
    if (stored.data_offset() == 0 && stored.data_bytes() == 0 && !stored.is_encoded()) return Status::Ok();
    return Damaged("data of a value that is no constant");
  }
  if (stored.data_offset() % kModelAlignment != 0 ||
      !RangeFits(stored.data_offset(), stored.data_bytes(), weights.stored.size())) {
    return Damaged("the data lie outside the weights section, or not at a multiple of 64");
  }
  if (stored.is_encoded()) {
    value.encoded =
        weights.stored.subspan(static_cast<size_t>(stored.data_offset()), static_cast<size_t>(stored.data_bytes()));
    VERGE_TRY_ASSIGN(value.constant, Decoded(value.encoded, value.type, weights));
    return Status::Ok();
  }
  if (stored.data_bytes() != *value.type.CheckedBytes()) {
    return Damaged(std::to_string(stored.data_bytes()) + " bytes of data for " + ToString(value.type.shape) + " " +
                   DTypeName(value.type.dtype));
  }
  value.constant = weights.stored.data() + stored.data_offset();
  return Status::Ok();
}

Status DecodeValues(const vg::Graph& graph, Weights& weights, ModelTables& tables) {
  const auto& stored = *graph.values();
  if (stored.size() > kMaxValues) return Damaged("more than 262144 values");
  tables.values.resize(stored.size());
  for (flatbuffers::uoffset_t i = 0; i < stored.size(); ++i) {
    const vg::Value& from = *stored.Get(i);
    ModelValue& value = tables.values[i];
    value.name = from.name()->string_view();
    if (!IsGoodName(value.name))
      return Damaged("the name of value " + std::to_string(i) + " is empty, too long or has control characters");
    Status status = DecodeType(from, value.type);
    if (status.ok()) status = PlaceConstant(from, weights, value);
    if (!status.ok()) return std::move(status).WithContext(Place("value", i, value.name));
  }
  return Status::Ok();
}

// The ops of the file as ids of this build.
Result<std::vector<ops::OpId>> DecodeOps(const vg::Graph& graph) {
  std::vector<ops::OpId> ids;
  if (graph.ops()->size() > std::numeric_limits<ops::OpId>::max()) return Damaged("more than 65535 ops");
  for (const vg::Op* op : *graph.ops()) {
    const std::string name = op->name()->str().substr(0, 64);
    if (!IsGoodName(name)) return Damaged("an op without a proper name");
    Result<ops::OpId> id = ops::FindOp(name);
    if (id.code() == StatusCode::kUnsupported) return std::move(id).status().WithContext("model graph");
    if (!id.ok()) return VERGE_ERROR(kUnsupported, "model graph: this build has no op \"" + name + "\"; update Verge");
    if (op->version() != static_cast<uint32_t>(ops::GetOp(*id).version)) {
      return VERGE_ERROR(kUnsupported, "model graph: op \"" + name + "\" version " + std::to_string(op->version()) +
                                           "; this build has version " + std::to_string(ops::GetOp(*id).version));
    }
    ids.push_back(*id);
  }
  return ids;
}

Status CheckIndices(std::span<const uint32_t> indices, size_t count, bool may_omit) {
  for (const uint32_t index : indices) {
    if (index < count || (may_omit && index == kOmittedInput)) continue;
    return Damaged("refers to value " + std::to_string(index) + " of " + std::to_string(count));
  }
  return Status::Ok();
}

Status DecodeNode(const vg::Node& from, const std::vector<ops::OpId>& op_ids, size_t values, ModelNode& node) {
  if (!IsGoodName(node.name)) return Damaged("the name is empty, too long or has control characters");
  if (from.op() >= op_ids.size())
    return Damaged("refers to op " + std::to_string(from.op()) + " of " + std::to_string(op_ids.size()));
  node.op = op_ids[from.op()];
  node.inputs = AsSpan(from.inputs());
  node.outputs = AsSpan(from.outputs());
  node.subgraphs = AsSpan(from.subgraphs());
  if (node.inputs.size() > kMaxNodeInputs || node.outputs.size() > kMaxNodeOutputs) {
    return Damaged("more than 4096 inputs or 256 outputs");
  }
  VERGE_TRY(CheckIndices(node.inputs, values, true));
  VERGE_TRY(CheckIndices(node.outputs, values, false));
  if (node.subgraphs.size() > kMaxSubgraphs) return Damaged("names more than 1024 subgraphs");
  VERGE_TRY_ASSIGN(node.attrs, ReadAttrs(ops::GetOp(node.op), from.attrs()));
  return Status::Ok();
}

Status DecodeNodes(const vg::Graph& graph, ModelTables& tables) {
  VERGE_TRY_ASSIGN(const std::vector<ops::OpId> op_ids, DecodeOps(graph));
  const auto& stored = *graph.nodes();
  if (stored.size() > kMaxNodes) return Damaged("more than 65536 nodes");
  tables.nodes.resize(stored.size());
  for (flatbuffers::uoffset_t i = 0; i < stored.size(); ++i) {
    ModelNode& node = tables.nodes[i];
    node.name = stored.Get(i)->name()->string_view();
    Status status = DecodeNode(*stored.Get(i), op_ids, tables.values.size(), node);
    if (!status.ok()) return std::move(status).WithContext(Place("node", i, node.name));
  }
  return Status::Ok();
}

// Inputs and outputs are what users name: they must be there once and have different names.
Status CheckEnds(const ModelTables& tables, std::span<const uint32_t> ends, const char* what) {
  VERGE_TRY(CheckIndices(ends, tables.values.size(), false));
  std::unordered_set<std::string_view> names;
  for (const uint32_t index : ends) {
    const std::string_view name = tables.values[index].name;
    if (!names.insert(name).second)
      return Damaged(std::string("two ") + what + " are called " + std::string(name.substr(0, 128)));
  }
  return Status::Ok();
}

Status DecodeStates(const vg::Graph& graph, ModelTables& tables) {
  if (graph.states() == nullptr) return Status::Ok();
  if (graph.states()->size() > kMaxStates) return Damaged("more than 65536 states");
  for (const vg::State* from : *graph.states()) {
    const std::array<uint32_t, 3> ids = {from->input(), from->output(), from->initial()};
    VERGE_TRY(CheckIndices(std::span(ids).first(2), tables.values.size(), false));
    VERGE_TRY(CheckIndices(std::span(ids).last(1), tables.values.size(), true));
    ModelState& state = tables.states.emplace_back();
    state = {from->input(), from->output()};
    if (from->initial() == kOmittedInput) continue;
    const ModelValue& initial = tables.values[from->initial()];
    const TensorType& type = tables.values[state.input].type;
    if (initial.constant == nullptr || initial.type.dtype != type.dtype || initial.type.shape != type.shape) {
      return Damaged("the first value of a state is no constant of the state's type");
    }
    state.initial = initial.constant;
  }
  return Status::Ok();
}

Status DecodeCounted(const vg::Graph& graph, ModelTables& tables) {
  if (graph.counted() == nullptr) return Status::Ok();
  if (graph.counted()->size() > kMaxNodeOutputs) return Damaged("more than 256 counted dimensions");
  for (const vg::CountedDim* from : *graph.counted()) {
    if (from->output() >= tables.outputs.size() || from->count() >= tables.values.size() || from->factor() < 1 ||
        from->dim() >= static_cast<uint32_t>(tables.values[tables.outputs[from->output()]].type.shape.rank())) {
      return Damaged("a counted dimension that is not there");
    }
    tables.counted.push_back({from->output(), from->dim(), from->factor(), from->count()});
  }
  return Status::Ok();
}

Status DecodeMetadata(const vg::Graph& graph, ModelTables& tables) {
  if (graph.name() != nullptr) tables.name = graph.name()->string_view();
  if (tables.name.size() > kMaxNameBytes) return Damaged("the name is longer than 8192 bytes");
  if (graph.metadata() == nullptr) return Status::Ok();
  if (graph.metadata()->size() > kMaxMetadataPairs) return Damaged("more than 256 metadata pairs");
  for (const vg::Pair* pair : *graph.metadata()) {
    if (pair->key()->size() > kMaxMetadataBytes || pair->value()->size() > kMaxMetadataBytes) {
      return Damaged("a metadata entry is longer than 1 MiB");
    }
    tables.metadata.emplace_back(pair->key()->string_view(), pair->value()->string_view());
  }
  return Status::Ok();
}

Result<ModelTables> DecodeGraph(const vg::Graph& graph, Weights& weights, int depth);

Status DecodeSubgraphs(const vg::Graph& graph, Weights& weights, int depth, ModelTables& tables) {
  if (graph.subgraphs() == nullptr) return Status::Ok();
  if (graph.subgraphs()->size() > kMaxSubgraphs || depth >= kMaxSubgraphDepth) {
    return Damaged("more than 1024 subgraphs, or nested deeper than 16");
  }
  for (const vg::Graph* from : *graph.subgraphs()) {
    Result<ModelTables> subgraph = DecodeGraph(*from, weights, depth + 1);
    if (!subgraph.ok()) {
      return std::move(subgraph).status().WithContext("subgraph " + std::to_string(tables.subgraphs.size()));
    }
    if (!subgraph->states.empty() || !subgraph->counted.empty() || from->decoded_bytes() != 0) {
      return Damaged("a subgraph has states, counted sizes or decoded bytes of its own");
    }
    tables.subgraphs.push_back(std::move(subgraph).value());
  }
  return Status::Ok();
}

Result<ModelTables> DecodeGraph(const vg::Graph& graph, Weights& weights, int depth) {
  ModelTables tables;
  VERGE_TRY(DecodeSubgraphs(graph, weights, depth, tables));
  VERGE_TRY(DecodeValues(graph, weights, tables));
  VERGE_TRY(DecodeNodes(graph, tables));
  tables.inputs = AsSpan(graph.inputs());
  tables.outputs = AsSpan(graph.outputs());
  if (tables.outputs.empty()) return Damaged("it has no outputs");
  VERGE_TRY(CheckEnds(tables, tables.inputs, "inputs"));
  VERGE_TRY(CheckEnds(tables, tables.outputs, "outputs"));
  VERGE_TRY(DecodeStates(graph, tables));
  VERGE_TRY(DecodeCounted(graph, tables));
  if (graph.dynamics() != nullptr) {
    if (depth > 0) return Damaged("a subgraph has sizes of its own");
    VERGE_TRY_ASSIGN(tables.dynamics, DecodeDynamics(*graph.dynamics(), tables));
  }
  VERGE_TRY(DecodeMetadata(graph, tables));
  return tables;
}

}  // namespace

Result<ModelTables> DecodeTables(const ModelSections& sections, uint64_t max_decoded_bytes, ModelOwner& owner) {
  const auto* const data = reinterpret_cast<const uint8_t*>(sections.graph.data());
  flatbuffers::Verifier verifier(data, sections.graph.size(), kMaxDepth, kMaxTables);
  if (sections.graph.size() < 8 || !vg::VerifyGraphBuffer(verifier)) {
    return Damaged("its tables are malformed");
  }
  const vg::Graph& graph = *vg::GetGraph(data);
  if (graph.decoded_bytes() > max_decoded_bytes) {
    return VERGE_ERROR(kResourceExhausted, "the model's encoded constants take " +
                                               std::to_string(graph.decoded_bytes()) + " bytes; the limit is " +
                                               std::to_string(max_decoded_bytes));
  }
  Weights weights{sections.weights, graph.decoded_bytes(), owner.constants};
  VERGE_TRY_ASSIGN(ModelTables tables, DecodeGraph(graph, weights, 0));
  if (weights.decoded_left != 0) return Damaged("encoded data are smaller than the model states");
  tables.weights_bytes = sections.weights.size();
  tables.decoded_bytes = graph.decoded_bytes();
  return tables;
}

}  // namespace verge::format
