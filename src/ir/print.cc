#include <array>
#include <charconv>
#include <cstdio>

#include "ir/text.h"
#include "ir/text_scalar.h"
#include "ops/attr_text.h"

namespace verge::ir {
namespace {

bool IsPlain(std::string_view name) {
  if (name.empty() || name == "_" || name == "graph" || name == "meta" || name == "input" || name == "const" ||
      name == "output" || name == "state" || name == "next" || name == "subgraph" || name == "end" || name == "count") {
    return false;
  }
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_other =
        (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-' || (c == ':' && i + 1 < name.size());
    if (!is_letter && (i == 0 || !is_other)) return false;
  }
  return true;
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < ' ' || c > '~') {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += hex.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string Name(std::string_view name) { return IsPlain(name) ? std::string(name) : Quote(name); }

std::string TypeText(const Value& value) {
  std::string out = DTypeName(value.dtype) + ToString(value.shape);
  if (value.quant.scales.empty()) return out;
  out += " quant(scales=[";
  for (size_t i = 0; i < value.quant.scales.size(); ++i) {
    if (i > 0) out += ", ";
    PrintElement(DType::kF32, reinterpret_cast<const std::byte*>(value.quant.scales.data()), i, out);
  }
  out += "], zero_points=[";
  for (size_t i = 0; i < value.quant.zero_points.size(); ++i) {
    out += (i > 0 ? ", " : "") + std::to_string(value.quant.zero_points[i]);
  }
  return out + "], axis=" + std::to_string(value.quant.axis) + ")";
}

std::string Digest(const Buffer& buffer) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < buffer.size(); ++i) {
    hash = (hash ^ static_cast<uint64_t>(buffer.data()[i])) * 0x100000001b3u;
  }
  std::array<char, 24> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(hash));
  return hex.data();
}

std::string ConstantText(const Value& value, const PrintOptions& options) {
  const size_t elems = value.shape.elems();
  const std::byte* data = value.constant->data();
  std::string out;
  if (elems > 4 && IsFilled(data, elems, DTypeBytes(value.dtype))) {
    PrintElement(value.dtype, data, 0, out);
    return "fill(" + out + ")";
  }
  if (elems > options.max_inline_elems) return "digest(" + Digest(*value.constant) + ")";
  for (size_t i = 0; i < elems; ++i) {
    if (i > 0) out += ", ";
    PrintElement(value.dtype, data, i, out);
  }
  return "[" + out + "]";
}

std::string NodeText(const Graph& graph, const Node& node) {
  std::string out;
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const Value& value = graph.value(node.outputs[i]);
    out += (i > 0 ? ", " : "") + Name(value.name) + ": " + TypeText(value);
  }
  const ops::OpDef& op = ops::GetOp(node.op);
  out += std::string(" = ") + op.name + "(";
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (i > 0) out += ", ";
    out += node.inputs[i] == kNoValue ? "_" : Name(graph.value(node.inputs[i]).name);
  }
  out += ")";
  const std::string attrs = ops::PrintAttrs(op, node.attrs);
  if (!attrs.empty()) out += " " + attrs;
  for (size_t i = 0; i < node.subgraphs.size(); ++i) {
    out += (i == 0 ? " <" : ", ") + std::to_string(node.subgraphs[i]) + (i + 1 == node.subgraphs.size() ? ">" : "");
  }
  if (node.outputs.empty() || node.name != graph.value(node.outputs[0]).name) out += " " + Quote(node.name);
  return out;
}

// All but the first line.
std::string BodyText(const Graph& graph, const PrintOptions& options) {
  std::string out;
  for (const auto& [key, text] : graph.metadata) out += "meta " + Quote(key) + " = " + Quote(text) + "\n";
  for (const ValueId id : graph.inputs) {
    out += "input " + Name(graph.value(id).name) + ": " + TypeText(graph.value(id)) + "\n";
  }
  for (const Value& value : graph.values) {
    if (!value.is_constant()) continue;
    out += "const " + Name(value.name) + ": " + TypeText(value) + " = " + ConstantText(value, options) + "\n";
  }
  for (const State& state : graph.states) {
    const Value& input = graph.value(state.input);
    out += "state " + Name(input.name) + ": " + TypeText(input) + " = ";
    out += (state.initial == kNoValue ? "_" : Name(graph.value(state.initial).name)) + "\n";
  }
  for (const Graph& subgraph : graph.subgraphs) {
    out += "subgraph " + Quote(subgraph.name) + "\n" + BodyText(subgraph, options) + "end\n";
  }
  for (const Node& node : graph.nodes) out += NodeText(graph, node) + "\n";
  for (const ValueId id : graph.outputs) out += "output " + Name(graph.value(id).name) + "\n";
  for (const State& state : graph.states) {
    out += "next " + Name(graph.value(state.input).name) + " = " + Name(graph.value(state.output).name) + "\n";
  }
  for (const CountedDim& counted : graph.counted) {
    out += "count " + std::to_string(counted.output) + " dim " + std::to_string(counted.dim) + " = ";
    if (counted.factor != 1) out += std::to_string(counted.factor) + " * ";
    out += Name(graph.value(counted.count).name) + "\n";
  }
  return out;
}

}  // namespace

std::string Print(const Graph& graph, const PrintOptions& options) {
  return "graph " + Quote(graph.name) + "\n" + BodyText(graph, options);
}

}  // namespace verge::ir
