// Any bytes as a condition: an error with a place inside the text, or something that evaluates the same twice.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runner/rules/expr.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::runner;
  static const std::vector<rules::Zone> zones = {{"a", {{0, 0}, {1, 0}, {1, 1}}}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The first byte says whether the condition is about objects or about values.
  static const std::vector<std::string> values = {"a", "b"};
  const bool has_values = !text.empty() && text[0] == 'v';
  std::vector<rules::Window> windows;
  rules::Fault fault;
  const auto expr = has_values ? rules::Expr::Parse(text.substr(1), {{}, values, &windows}, fault)
                               : rules::Expr::Parse(text, {zones, {}, nullptr}, fault);
  if (!expr.ok()) {
    if (fault.offset > size || fault.text.empty()) std::abort();
    return 0;
  }
  const Object object{"person", 0.5F, {0.1F, 0.1F, 0.2F, 0.3F}, 1, 0};
  rules::Channels channels(values.size(), windows, 0);
  channels.Advance(1000);
  channels.Set(0, 1);
  const rules::Scope scope{object, {&object, 1}, 1000, &channels};
  if (expr->Evaluate(scope, zones) != expr->Evaluate(scope, zones)) std::abort();
  return 0;
}
