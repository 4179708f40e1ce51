#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "inspect/report.h"

namespace verge::inspect {
namespace {

using Json = nlohmann::ordered_json;

// 1234567 -> "1.23 M".
std::string Short(uint64_t value) {
  if (value >= 1'000'000'000) return fmt::format("{:.2f} G", static_cast<double>(value) * 1e-9);
  if (value >= 1'000'000) return fmt::format("{:.2f} M", static_cast<double>(value) * 1e-6);
  if (value >= 10'000) return fmt::format("{:.1f} k", static_cast<double>(value) * 1e-3);
  return std::to_string(value);
}

std::string Bytes(uint64_t value) {
  if (value >= uint64_t{1} << 30) return fmt::format("{:.2f} GiB", static_cast<double>(value) / (1 << 30));
  if (value >= uint64_t{1} << 20) return fmt::format("{:.2f} MiB", static_cast<double>(value) / (1 << 20));
  if (value >= 10 * 1024) return fmt::format("{:.1f} KiB", static_cast<double>(value) / 1024);
  return fmt::format("{} B", value);
}

std::string Type(const ValueFacts& value) { return DTypeName(value.dtype) + ToString(value.shape); }

std::string FormatName(const std::string& format) {
  if (format == "onnx") return "ONNX model";
  return format == "vg" ? "Verge model" : "TFLite model";
}

// Names of converters run to hundreds of characters; tables show the end, which tells more.
std::string Cut(const std::string& name, size_t width) {
  return name.size() <= width ? name : "..." + name.substr(name.size() - (width - 3));
}

void PrintOps(const Report& report, std::string& out) {
  out +=
      fmt::format("\n  {:<20}{:>7}{:>12}{:>8}{:>13}{:>13}\n", "op", "count", "MACs", "share", "parameters", "weights");
  for (const OpRow& row : report.ops) {
    const double share = report.total.macs == 0
                             ? 0.0
                             : 100.0 * static_cast<double>(row.cost.macs) / static_cast<double>(report.total.macs);
    out += fmt::format("  {:<20}{:>7}{:>12}{:>7.1f}%{:>13}{:>13}\n", row.op, row.count, Short(row.cost.macs), share,
                       Short(row.cost.parameters), Bytes(row.cost.weights_bytes));
  }
}

void PrintNodes(const Report& report, std::string& out) {
  out += fmt::format("\n  {:>5}  {:<18}{:<24}{:>10}{:>12}  {}\n", "#", "op", "output", "MACs", "weights",
                     "name, attributes");
  for (size_t i = 0; i < report.nodes.size(); ++i) {
    const NodeRow& row = report.nodes[i];
    out +=
        fmt::format("  {:>5}  {:<18}{:<24}{:>10}{:>12}  {} {}\n", i, row.op, row.output_type, Short(row.cost.macs),
                    Bytes(row.cost.weights_bytes), Cut(row.outputs.empty() ? row.name : row.outputs[0], 60), row.attrs);
  }
}

Json TensorJson(const ValueFacts& value) {
  return {{"name", value.name},
          {"dtype", DTypeName(value.dtype)},
          {"shape", std::vector<int64_t>(value.shape.dims().begin(), value.shape.dims().end())}};
}

void AddCost(const Cost& cost, Json& json) {
  json["macs"] = cost.macs;
  json["parameters"] = cost.parameters;
  json["weights_bytes"] = cost.weights_bytes;
}

// Lists and long texts, cut; the JSON form has all of them.
std::string OneLine(std::string_view text) {
  constexpr size_t kShown = 100;
  const auto breaks = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  std::string line;
  if (breaks > 0) line = fmt::format("{} lines: ", breaks + 1);
  for (const char c : text.substr(0, kShown)) line += c == '\n' ? std::string(", ") : std::string(1, c);
  return text.size() > kShown ? line + " ..." : line;
}

// Only where something is encoded.
void PrintEncodings(const Report& report, std::string& out) {
  if (report.total.stored_bytes == report.total.weights_bytes) return;
  for (const EncodingRow& row : report.encodings) {
    out += fmt::format("  {:<12}{} as {}: {} in the file, {} in memory\n", "", row.count, row.encoding,
                       Bytes(row.stored_bytes), Bytes(row.weights_bytes));
  }
}

}  // namespace

std::string PrintReport(const Report& report, bool with_nodes) {
  const ModelFacts& facts = report.facts;
  std::string out = fmt::format("{}: {}, {}\n", report.file, FormatName(facts.format), Bytes(report.file_bytes));
  if (!facts.name.empty()) out += fmt::format("  {:<12}{}\n", "name", facts.name);
  for (const auto& [key, text] : facts.metadata) out += fmt::format("  {:<12}{}\n", key, OneLine(text));
  for (const uint32_t id : facts.inputs) {
    out += fmt::format("  {:<12}{}  {}\n", "input", facts.values[id].name, Type(facts.values[id]));
  }
  for (const uint32_t id : facts.outputs) {
    out += fmt::format("  {:<12}{}  {}\n", "output", facts.values[id].name, Type(facts.values[id]));
  }
  for (const OpenSize& size : facts.open_sizes) {
    out += fmt::format("  {:<12}{}  {} to {}{}\n", "open size", size.name, size.min, size.max,
                       size.step > 1 ? fmt::format(" in steps of {}", size.step) : "");
  }
  if (!facts.states.empty()) {
    uint64_t bytes = 0;
    for (const uint32_t id : facts.states) {
      bytes += TensorType{facts.values[id].dtype, facts.values[id].shape, {}}.CheckedBytes().value_or(0);
    }
    out += fmt::format("  {:<12}{} tensors, {}, kept from run to run\n", "state", facts.states.size(), Bytes(bytes));
  }
  out += fmt::format("  {:<12}{} of {} ops\n", "nodes", report.nodes.size(), report.ops.size());
  out += fmt::format("  {:<12}{} ({} stored)\n", "parameters", Short(report.total.parameters),
                     Bytes(report.total.stored_bytes));
  PrintEncodings(report, out);
  out += fmt::format("  {:<12}{} multiply-accumulates a run\n", "compute", Short(report.total.macs));
  out += fmt::format("  {:<12}{} for activations in one arena (no plan is below {})\n", "memory",
                     Bytes(report.activation_bytes), Bytes(report.activation_lower_bound_bytes));
  PrintOps(report, out);
  if (with_nodes) PrintNodes(report, out);
  return out;
}

std::string ReportJson(const Report& report, bool with_nodes) {
  const ModelFacts& facts = report.facts;
  Json json;
  json["schema"] = 1;
  json["file"] = report.file;
  json["format"] = facts.format;
  json["file_bytes"] = report.file_bytes;
  json["name"] = facts.name;
  json["metadata"] = Json::object();
  for (const auto& [key, text] : facts.metadata) json["metadata"][key] = text;
  json["inputs"] = Json::array();
  for (const uint32_t id : facts.inputs) json["inputs"].push_back(TensorJson(facts.values[id]));
  json["outputs"] = Json::array();
  for (const uint32_t id : facts.outputs) json["outputs"].push_back(TensorJson(facts.values[id]));
  json["states"] = Json::array();
  for (const uint32_t id : facts.states) json["states"].push_back(TensorJson(facts.values[id]));
  json["open_sizes"] = Json::array();
  for (const OpenSize& s : facts.open_sizes) {
    json["open_sizes"].push_back({{"name", s.name}, {"min", s.min}, {"max", s.max}, {"step", s.step}});
  }
  json["node_count"] = report.nodes.size();
  AddCost(report.total, json);
  json["activation_bytes"] = report.activation_bytes;
  json["activation_lower_bound_bytes"] = report.activation_lower_bound_bytes;
  json["ops"] = Json::array();
  for (const OpRow& row : report.ops) {
    Json op = {{"op", row.op}, {"count", row.count}};
    AddCost(row.cost, op);
    json["ops"].push_back(std::move(op));
  }
  if (with_nodes) {
    json["nodes"] = Json::array();
    for (const NodeRow& row : report.nodes) {
      Json node = {{"name", row.name},     {"op", row.op},           {"attributes", row.attrs},
                   {"inputs", row.inputs}, {"outputs", row.outputs}, {"output_type", row.output_type}};
      AddCost(row.cost, node);
      json["nodes"].push_back(std::move(node));
    }
  }
  json["stored_bytes"] = report.total.stored_bytes;
  json["encodings"] = Json::array();
  for (const EncodingRow& row : report.encodings) {
    json["encodings"].push_back({{"encoding", row.encoding},
                                 {"count", row.count},
                                 {"weights_bytes", row.weights_bytes},
                                 {"stored_bytes", row.stored_bytes}});
  }
  // Names come from files: bytes that are no UTF-8 are replaced, never an exception.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace verge::inspect
