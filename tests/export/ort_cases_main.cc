// Every case of every op, written as ONNX and run by ONNX Runtime, against our reference kernels. Cases that the
// library refuses, or where it computes something else, stand with the reason in ort_exclusions.txt.
//
// Exit status: 77 when the library is not there, 1 when a case fails or an excluded one does not.
#include <algorithm>
#include <cstdio>
#include <map>

#include "export/graphs.h"
#include "export/onnx/export.h"
#include "export/sessions.h"

namespace verge::exported {
namespace {

// "" when they agree.
std::string Compare(const ops::Case& c) {
  const Result<ir::Graph> graph = GraphOf(c);
  if (!graph.ok()) return graph.status().ToString();
  const Result<to_onnx::OnnxFile> file = to_onnx::ExportOnnx(*graph);
  if (!file.ok()) return file.status().ToString();
  const std::vector<ir::BufferPtr> inputs = RandomInputs(*graph, 7, c.lo, c.hi);
  const Result<std::vector<ir::BufferPtr>> want = ir::Evaluate(*graph, inputs);
  if (!want.ok()) return want.status().ToString();
  const Result<std::vector<ir::BufferPtr>> got = RunOrt(file->model, *graph, inputs);
  if (!got.ok()) return got.status().ToString();
  for (size_t i = 0; i < want->size(); ++i) {
    const ir::Value& y = graph->value(graph->outputs[i]);
    const double difference = Difference(y, (*got)[i], (*want)[i]);
    // Integers by fixed point and by floats: one step apart.
    const double limit = y.quant.scales.empty() ? std::max(c.tolerance, 1e-4) : 1;
    if (difference > limit) return "'" + y.name + "' differs by " + std::to_string(difference);
  }
  return "";
}

int Run() {
  if (!HasOrt()) {
    std::printf("not run: %s is missing; ./x test fetches it\n", kOrtLibrary);
    return 77;
  }
  std::map<std::string, std::string> excluded;
  for (const char* list : {"/tests/export/onnx_exclusions.txt", "/tests/export/ort_exclusions.txt"}) {
    for (auto& [key, reason] : ReadReasons(std::string(VERGE_SOURCE_DIR) + list)) excluded[key] = reason;
  }
  size_t passed = 0;
  size_t wrong = 0;
  for (size_t op = 0; op < ops::AllOps().size(); ++op) {
    if (ops::AllOps()[op].subgraphs > 0) continue;  // a case cannot say them
    for (const ops::Case& c : CasesOf(static_cast<ops::OpId>(op))) {
      const std::string key = std::string(ops::AllOps()[op].name) + " " + c.name;
      const std::string every = std::string(ops::AllOps()[op].name) + " *";
      const std::string problem = Compare(c);
      if (problem.empty() != (excluded.contains(key) || excluded.contains(every))) {
        passed += problem.empty() ? 1 : 0;
        continue;
      }
      ++wrong;
      std::printf("%s: %s\n", key.c_str(), problem.empty() ? "is excluded and passes" : problem.c_str());
    }
  }
  std::printf("%zu cases agree with ONNX Runtime, %zu are excluded, %zu are wrong\n", passed, excluded.size(), wrong);
  return wrong == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace verge::exported

int main() { return verge::exported::Run(); }
