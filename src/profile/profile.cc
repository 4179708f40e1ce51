#include "profile/profile.h"

#include "ops/op_def.h"

namespace verge::profile {
namespace {

uint64_t OperandBytes(const format::ModelTables& tables, const format::ModelNode& node) {
  uint64_t sum = 0;
  for (const uint32_t i : node.inputs) {
    if (i != format::kOmittedInput) sum += tables.values[i].type.CheckedBytes().value_or(0);
  }
  for (const uint32_t i : node.outputs) sum += tables.values[i].type.CheckedBytes().value_or(0);
  return sum;
}

bool MultipliesBytes(const format::ModelTables& tables, const format::ModelNode& node, uint64_t macs) {
  if (macs == 0 || node.inputs.empty() || node.inputs[0] == format::kOmittedInput) return false;
  const DType dtype = tables.values[node.inputs[0]].type.dtype;
  return dtype == DType::kI8 || dtype == DType::kU8;
}

double PerMilli(double amount, double ms) { return ms > 0 ? amount / ms / 1e6 : 0; }
double Percent(double giga, double per_second) { return per_second > 0 ? 100 * giga * 1e9 / per_second : 0; }

}  // namespace

Report Describe(const runtime::Session& session, const Machine& machine) {
  const runtime::Model& model = session.model();
  const format::ModelTables& tables = model.tables();
  Report report{std::string(model.name()), model.threads(), session.profiled_runs(), machine, {}};
  for (size_t i = 0; i < session.profile_ns().size(); ++i) {
    const runtime::PreparedNode& prepared = model.nodes()[i];
    const format::ModelNode& node = tables.nodes[i];
    Node& row = report.nodes.emplace_back();
    row.name = prepared.name;
    row.op = ops::GetOp(prepared.op).name;
    row.kernel = prepared.kernel->name;
    row.output = ToString(tables.values[node.outputs[0]].type.shape);
    row.ms = static_cast<double>(session.profile_ns()[i]) / 1e6 / static_cast<double>(session.profiled_runs());
    row.macs = prepared.macs;
    row.bytes = OperandBytes(tables, node);
    row.is_int8 = MultipliesBytes(tables, node, prepared.macs);
    row.is_in_place = prepared.is_in_place;
  }
  return report;
}

double TotalMs(const Report& report) {
  double sum = 0;
  for (const Node& node : report.nodes) sum += node.ms;
  return sum;
}

double GmacsPerSecond(const Node& node) { return PerMilli(static_cast<double>(node.macs), node.ms); }
double GbytesPerSecond(const Node& node) { return PerMilli(static_cast<double>(node.bytes), node.ms); }

double PercentOfPeak(const Node& node, const Machine& machine) {
  return Percent(GmacsPerSecond(node), (node.is_int8 ? machine.int8 : machine.f32).per_second);
}

double PercentOfBandwidth(const Node& node, const Machine& machine) {
  return Percent(GbytesPerSecond(node), machine.bytes_per_second);
}

}  // namespace verge::profile
