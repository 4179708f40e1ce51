#include "runner/run/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "proto/json.h"

namespace verge::runner {
namespace {

using pipeline::ElementInfo;
using pipeline::Port;
using pipeline::PortKind;

// "samples pulse, spo2 at 1 Hz"
std::string PortText(const Port* port) {
  if (port == nullptr) return "";
  std::string parts;
  for (const TensorPort& tensor : port->tensors)
    parts += (parts.empty() ? " " : ", ") + tensor.name + " " + DTypeName(tensor.dtype) + " " + ToString(tensor.shape);
  for (const std::string& channel : port->channels) parts += (parts.empty() ? " " : ", ") + channel;
  if (port->rate_hz > 0) parts += fmt::format(" at {:g} Hz", port->rate_hz);
  return std::string(PortKindName(port->kind)) + parts;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Columns as wide as their widest cell; the last one has no padding.
std::string Table(const std::vector<std::vector<std::string>>& rows, size_t first_right) {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line +=
          i >= first_right ? fmt::format("{:>{}}  ", row[i], widths[i]) : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string TextOf(const std::vector<ElementInfo>& elements) {
  std::vector<std::vector<std::string>> rows = {{"element", "type", "reads", "gives"}};
  for (const ElementInfo& e : elements)
    rows.push_back({e.id, e.type, Joined(e.from) + (e.may_drop ? " (newest only)" : ""), PortText(e.output)});
  return Table(rows, rows[0].size());
}

// Inside "..." of a DOT file.
std::string DotText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string DotOf(const std::vector<ElementInfo>& elements) {
  std::string text = "digraph pipeline {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n";
  for (const ElementInfo& e : elements) text += fmt::format("  \"{}\" [label=\"{}\\n{}\"];\n", e.id, e.id, e.type);
  for (const ElementInfo& e : elements) {
    for (const std::string& from : e.from) {
      const auto given =
          std::find_if(elements.begin(), elements.end(), [&](const ElementInfo& o) { return o.id == from; });
      text += fmt::format("  \"{}\" -> \"{}\" [label=\"{}\"];\n", from, e.id, DotText(PortText(given->output)));
    }
  }
  return text + "}\n";
}

std::string JsonOf(const std::vector<ElementInfo>& elements) {
  nlohmann::json list = nlohmann::json::array();
  for (const ElementInfo& e : elements) {
    nlohmann::json element = {{"id", e.id}, {"type", e.type}, {"from", e.from}, {"may_drop", e.may_drop}};
    if (e.output != nullptr) {
      nlohmann::json tensors = nlohmann::json::array();
      for (const TensorPort& t : e.output->tensors)
        tensors.push_back({{"name", t.name}, {"type", DTypeName(t.dtype)}, {"shape", ToString(t.shape)}});
      element["gives"] = {{"kind", PortKindName(e.output->kind)},
                          {"tensors", tensors},
                          {"channels", e.output->channels},
                          {"rate_hz", e.output->rate_hz}};
    }
    list.push_back(std::move(element));
  }
  return proto::DumpJson({{"elements", list}}) + "\n";
}

std::string Ms(int64_t us) { return fmt::format("{:.3f}", static_cast<double>(us) / 1000); }

}  // namespace

std::string DescribeGraph(const pipeline::Pipeline& pipeline, GraphFormat format) {
  const std::vector<ElementInfo> elements = pipeline.Elements();
  switch (format) {
    case GraphFormat::kDot: return DotOf(elements);
    case GraphFormat::kJson: return JsonOf(elements);
    case GraphFormat::kText: break;
  }
  return TextOf(elements);
}

std::string DescribeStats(const pipeline::Pipeline& pipeline) {
  std::vector<std::vector<std::string>> rows = {
      {"element", "type", "packets", "drops", "p50 ms", "p99 ms", "age p50 ms", "age p99 ms"}};
  for (const ElementStats& e : pipeline.Stats()) {
    rows.push_back({e.id, e.type, std::to_string(e.count), std::to_string(e.drops), Ms(e.p50_us), Ms(e.p99_us),
                    Ms(e.age_p50_us), Ms(e.age_p99_us)});
  }
  return Table(rows, 2);
}

}  // namespace verge::runner
