// Prints what tools/ops_table.py cannot read in the sources, a line of JSON an op: the element types that its shape
// rule accepts, found by asking the rule, and its kernels. Usage: describe_ops FOLDER, which holds src/ops.
//
// Each case of <op>.cases is tried with every element type in place of those of its inputs that share one; the op's
// types are those of the group of inputs that has most of them (an index stays an index). Types of quantised inputs are
// those of the cases.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>

#include "ops/case_file.h"
#include "ops/elem.h"
#include "ops/kernel_list.h"

namespace verge::ops {
namespace {

using Types = std::set<int>;  // of DType, in its order

// Whether the rule takes the case's inputs; constants get numbers of the case's range.
bool Accepts(const Case& c) {
  std::vector<std::vector<std::byte>> bytes;
  std::vector<InferInput> inputs;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(static_cast<double>(c.lo), static_cast<double>(c.hi));
  for (const CaseInput& input : c.inputs) {
    std::vector<std::byte>& data = bytes.emplace_back(input.type.CheckedBytes().value_or(0));
    Dispatch(input.type.dtype, [&]<typename T>() {
      auto* to = reinterpret_cast<T*>(data.data());
      for (size_t i = 0; i < data.size() / sizeof(T); ++i) to[i] = T(static_cast<Compute<T>>(uniform(random)));
    });
    inputs.push_back({input.type, input.is_constant ? data.data() : nullptr, input.is_present});
  }
  for (int outputs = 1; outputs <= 4; ++outputs) {
    std::vector<TensorType> types(static_cast<size_t>(outputs));
    if (GetOp(c.op).infer({c.attrs, inputs, types}).ok()) return true;
  }
  return false;
}

bool IsQuantised(const Case& c) {
  return std::any_of(c.inputs.begin(), c.inputs.end(),
                     [](const CaseInput& input) { return !input.type.quant.scales.empty(); });
}

// For each group of inputs, named by its first one, the types that the rule takes in place of its own.
void Probe(const Case& c, std::map<size_t, Types>& groups) {
  for (size_t first = 0; first < c.inputs.size(); ++first) {
    const DType own = c.inputs[first].type.dtype;
    const auto is_own = [&](const CaseInput& input) { return input.type.dtype == own; };
    if (std::find_if(c.inputs.begin(), c.inputs.end(), is_own) - c.inputs.begin() != static_cast<std::ptrdiff_t>(first))
      continue;
    for (int d = 0; d < kDTypeCount; ++d) {
      Case changed = c;
      for (CaseInput& input : changed.inputs) {
        if (is_own(input)) input.type.dtype = static_cast<DType>(d);
      }
      if (Accepts(changed)) groups[first].insert(d);
    }
  }
}

std::string List(const Types& types) {
  std::string text;
  for (const int d : types)
    text += (text.empty() ? "\"" : ", \"") + std::string(DTypeName(static_cast<DType>(d))) + "\"";
  return "[" + text + "]";
}

bool Describe(OpId id, const std::string& folder) {
  const std::string name = GetOp(id).name;
  std::ifstream file(folder + "/" + name + "/" + name + ".cases");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const Result<std::vector<Case>> cases = ParseCases(id, text);
  if (!cases.ok()) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), cases.status().ToString().c_str());
    return false;
  }
  std::map<size_t, Types> groups;
  Types quantised;
  for (const Case& c : *cases) {
    if (!IsQuantised(c)) Probe(c, groups);
    for (const CaseInput& input : c.inputs) {
      if (!input.type.quant.scales.empty()) quantised.insert(static_cast<int>(input.type.dtype));
    }
  }
  Types plain;
  for (const auto& [first, types] : groups) plain = types.size() > plain.size() ? types : plain;
  std::string kernels;
  for (const Kernel* kernel : KernelsFor(id))
    kernels += (kernels.empty() ? "\"" : ", \"") + std::string(kernel->name) + "\"";
  std::printf(R"({"op": "%s", "summary": "%s", "types": %s, "quantised": %s, "kernels": [%s]})"
              "\n",
              name.c_str(), GetOp(id).summary, List(plain).c_str(), List(quantised).c_str(), kernels.c_str());
  return true;
}

}  // namespace
}  // namespace verge::ops

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: describe_ops FOLDER\n", stderr);
    return 2;
  }
  bool ok = true;
  for (size_t id = 0; id < verge::ops::AllOps().size(); ++id)
    ok = verge::ops::Describe(static_cast<verge::ops::OpId>(id), argv[1]) && ok;
  return ok ? 0 : 1;
}
