#include <cstdio>
#include <memory>

#include "conformance/onnx_suite.h"
#include "sys/file/file.h"
#include "verge/command.h"

namespace verge::cli {
namespace {

constexpr uint64_t kMaxListBytes = 1 << 20;

struct Flags {
  std::string folder;
  std::string only;
  std::string exclusions;
  double of_largest = 0;
  bool json = false;
};

void Print(const conformance::Summary& summary) {
  for (const conformance::CaseResult& result : summary.cases) {
    if (result.outcome == conformance::Outcome::kFailed) {
      std::printf("FAILED %s/%s: %s\n", result.suite.c_str(), result.name.c_str(), result.message.c_str());
    }
  }
  std::printf("%zu passed, %zu failed, %zu excluded\n", summary.passed, summary.failed, summary.excluded);
}

Status Run(const Flags& flags) {
  conformance::SuiteOptions options;
  options.only = flags.only;
  options.of_largest = flags.of_largest;
  if (!flags.exclusions.empty()) {
    VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(flags.exclusions, kMaxListBytes));
    VERGE_TRY_ASSIGN(options.exclusions, conformance::ParseExclusions(text));
  }
  VERGE_TRY_ASSIGN(const conformance::Summary summary, conformance::RunOnnxSuite(flags.folder, options));
  if (flags.json) {
    std::puts(conformance::ToJson(summary).c_str());
  } else {
    Print(summary);
  }
  if (summary.failed == 0) return Status::Ok();
  return VERGE_ERROR(kInternal, std::to_string(summary.failed) + " cases failed");
}

}  // namespace

void RegisterConformance(CLI::App& app) {
  CLI::App* command = app.add_subcommand("conformance", "Run the backend test suites that ONNX publishes");
  const auto flags = std::make_shared<Flags>();
  command->add_option("dir", flags->folder, "A case, a suite, or a folder of suites")->required();
  command->add_option("--only", flags->only, "Run the cases whose name matches this regular expression");
  command->add_option("--exclusions", flags->exclusions, "Cases that are known to fail, a line each: NAME REASON");
  command
      ->add_option("--of-largest", flags->of_largest,
                   "Floats may also differ by this share of the largest value of their tensor (deep networks: 1e-4)")
      ->check(CLI::Range(0.0, 1.0));
  command->add_flag("--json", flags->json, "Print every case as JSON");
  OnRun(*command, [flags] { return Run(*flags); });
}

}  // namespace verge::cli
