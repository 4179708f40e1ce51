// Any bytes as a condition: an error with a place inside the text, or something that evaluates the same twice.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runner/rules/expr.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::runner;
  static const std::vector<rules::Zone> zones = {{"a", {{0, 0}, {1, 0}, {1, 1}}}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  rules::Fault fault;
  const auto expr = rules::Expr::Parse(text, zones, fault);
  if (!expr.ok()) {
    if (fault.offset > size || fault.text.empty()) std::abort();
    return 0;
  }
  const Object object{"person", 0.5F, {0.1F, 0.1F, 0.2F, 0.3F}, 1, 0};
  const rules::Scope scope{object, {&object, 1}, 1000};
  if (expr->Evaluate(scope, zones) != expr->Evaluate(scope, zones)) std::abort();
  return 0;
}
