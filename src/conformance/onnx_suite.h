// Runs the backend test suites that ONNX publishes: folders with a model and what it must compute.
//
//   <case>/model.onnx, <case>/test_data_set_*/input_*.pb, output_*.pb
//
// A case takes the whole path of a model: imported with the shapes of its inputs, optimised by all passes, written as a
// .vg file, verified, loaded and run with the kernels chosen for this CPU. Its outputs are compared: same type, same
// shape, integers equal, floats within |got - want| <= atol + rtol |want| (the suite's own defaults, wider for the
// 16-bit floats), NaN equal to NaN. A case whose inputs decide shapes is imported with those inputs as constants; its
// result says which.
//
// Exclusions  a text file, a line a case: `NAME REASON`; '#' starts a comment. A listed case that passes is a failure,
//             and so is a line whose case does not exist, so that the list stays true
// Threads     pure function over files
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::conformance {

enum class Outcome { kPassed, kFailed, kExcluded };

struct CaseResult {
  std::string suite;  // the folder above the case
  std::string name;
  Outcome outcome = Outcome::kFailed;
  std::string message;                 // why it failed, or the reason it is excluded
  std::vector<std::string> constants;  // inputs that had to be known at import
  double worst = 0;                    // largest difference of floats, as a share of the largest value of their tensor
};

struct Summary {
  size_t passed = 0;
  size_t failed = 0;
  size_t excluded = 0;
  std::vector<CaseResult> cases;  // by suite and name
};

struct SuiteOptions {
  std::string only;                               // regular expression on the name; "": all
  std::map<std::string, std::string> exclusions;  // name -> reason
  // Floats may also differ by this share of the largest value of their tensor: what rounding in a deep network comes
  // to.
  double of_largest = 0;
};

Result<std::map<std::string, std::string>> ParseExclusions(std::string_view text);

// `folder` is a case, a suite of cases, or a folder of suites. No case in it is an error.
Result<Summary> RunOnnxSuite(const std::string& folder, const SuiteOptions& options);

// {"passed": n, "failed": n, "excluded": n, "suites": {...}, "cases": [{"suite", "name", "outcome", "worst", and where
// it has one "message" and "constant_inputs"}...]}
std::string ToJson(const Summary& summary);

}  // namespace verge::conformance
