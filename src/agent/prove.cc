#include "agent/prove.h"

#include <utility>

#include "proto/runner.h"
#include "sys/process/process.h"

namespace verge::agent {
namespace {

constexpr int64_t kProveTimeoutMs = 10 * 60 * 1000;

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t newline = text.rfind('\n');
  if (newline != std::string::npos) text.erase(0, newline + 1);
  return text.empty() ? "no message" : text;
}

}  // namespace

Status JudgeReport(int exit_code, const std::string& output, const std::string& error) {
  constexpr int kUnhealthy = 3;
  if (exit_code != 0 && exit_code != kUnhealthy) {
    return VERGE_ERROR(kFailedPrecondition, "the health check could not run: " + LastLine(error));
  }
  Result<proto::ProveReport> report = proto::ParseProveReport(output);
  if (!report.ok()) return std::move(report).status().WithContext("the health check's report");
  std::string reasons;
  for (const proto::HealthCheck& check : report->checks) {
    if (check.ok) continue;
    if (!reasons.empty()) reasons += "; ";
    reasons += check.name + ": " + check.detail;
  }
  if (report->healthy && exit_code == 0 && reasons.empty()) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition,
                     reasons.empty() ? "the health check says unhealthy without a reason" : reasons);
}

Status Prove(const std::string& runner_path, const std::string& slot_dir, const std::atomic<bool>& cancelled) {
  sys::SpawnOptions options;
  options.argv = {runner_path, "--prove", slot_dir};
  options.dies_with_parent = true;
  Result<sys::Captured> captured =
      sys::RunAndCapture(options, {.timeout_ms = kProveTimeoutMs, .cancelled = &cancelled});
  if (!captured.ok()) return std::move(captured).status().WithContext("health check");
  if (captured->status.signal != 0) {
    return VERGE_ERROR(kFailedPrecondition, "the health check was " + sys::ToString(captured->status));
  }
  return JudgeReport(captured->status.code, captured->output, captured->error);
}

}  // namespace verge::agent
