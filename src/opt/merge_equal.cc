// Common subexpressions: of nodes of one op, with the same attributes and inputs, the first computes for all; of
// constants of one type with the same bytes, one stays.
//
// Every op is a function of its inputs, so one result serves all readers. Control flow stays as it is: its nodes name
// subgraphs, which are not compared.
#include <cstring>
#include <unordered_map>

#include "ops/attr_text.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

std::string TypeText(const ir::Value& value) {
  std::string text = std::to_string(static_cast<int>(value.dtype));
  for (const int64_t d : value.shape.dims()) text += "," + std::to_string(d);
  text += ";" + std::to_string(value.quant.axis);
  // Their bits, not their decimals: a rounded scale is another scale.
  text.append(reinterpret_cast<const char*>(value.quant.scales.data()), value.quant.scales.size() * sizeof(float));
  for (const int32_t z : value.quant.zero_points) text += "," + std::to_string(z);
  return text;
}

// 64-bit FNV-1a; equal bytes are compared afterwards.
uint64_t Digest(const ir::Buffer& buffer) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < buffer.size(); ++i) {
    hash = (hash ^ std::to_integer<uint64_t>(buffer.data()[i])) * 1099511628211u;
  }
  return hash;
}

bool HoldsSame(const ir::Buffer& a, const ir::Buffer& b) {
  return &a == &b || (a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// For each constant the first that is equal to it.
std::vector<ValueId> FirstConstants(const ir::Graph& graph) {
  std::vector<ValueId> first(graph.values.size(), kNoValue);
  std::unordered_multimap<std::string, ValueId> known;
  for (ValueId id = 0; id < graph.values.size(); ++id) {
    const ir::Value& value = graph.value(id);
    if (!value.is_constant()) continue;
    const std::string key = TypeText(value) + "#" + std::to_string(Digest(*value.constant));
    const auto [begin, end] = known.equal_range(key);
    for (auto it = begin; it != end && first[id] == kNoValue; ++it) {
      if (HoldsSame(*value.constant, *graph.value(it->second).constant)) first[id] = it->second;
    }
    if (first[id] == kNoValue) known.emplace(key, id);
  }
  return first;
}

std::string NodeText(const ir::Graph& graph, const ir::Node& node) {
  std::string text = ops::GetOp(node.op).name + ops::PrintAttrs(ops::GetOp(node.op), node.attrs);
  for (const ValueId id : node.inputs) text += " " + std::to_string(id);
  for (const ValueId id : node.outputs) text += "|" + TypeText(graph.value(id));
  return text;
}

}  // namespace

Result<PassReport> MergeEqual(ir::Graph& graph) {
  const std::vector<ValueId> first = FirstConstants(graph);
  std::unordered_map<std::string, ValueId> known;
  std::vector<bool> is_counted(graph.values.size(), false);
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    for (ValueId& id : node.inputs) {
      if (id == kNoValue || id >= first.size() || first[id] == kNoValue) continue;
      if (!is_counted[id]) r.Note("constant '" + r.value(id).name + "' is '" + r.value(first[id]).name + "'");
      is_counted[id] = true;
      id = first[id];
    }
    if (node.outputs.size() != 1 || !node.subgraphs.empty()) return Status::Ok();
    const auto [it, is_new] = known.emplace(NodeText(r.graph(), node), node.outputs[0]);
    if (is_new) return Status::Ok();
    const std::string kept = r.value(r.Resolve(it->second)).name;
    if (r.Forward(node, it->second)) r.Note(Label(node) + " is what '" + kept + "' is");
    return Status::Ok();
  });
}

}  // namespace verge::opt
