// Every case of every op: a graph of one node is written as ONNX, read again, and both compute the same with the
// reference kernels. What ONNX cannot express stands, with the reason, in onnx_exclusions.txt, what cannot be read back
// in import_exclusions.txt.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "export/graphs.h"
#include "export/onnx/export.h"
#include "import/onnx/import.h"

namespace verge::exported {
namespace {

// "op case: reason" or "op *: reason", '#' starts a comment.
std::map<std::string, std::string> ReadExclusions(const std::string& path) {
  std::map<std::string, std::string> reasons;
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.empty() || line[0] == '#') continue;
    EXPECT_NE(colon, std::string::npos) << line;
    reasons[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return reasons;
}

std::span<const std::byte> AsBytes(const std::string& text) { return std::as_bytes(std::span(text)); }

// "" when both graphs agree.
std::string RoundTrip(const ops::Case& c) {
  const Result<ir::Graph> graph = GraphOf(c);
  if (!graph.ok()) return graph.status().ToString();
  const Result<to_onnx::OnnxFile> file = to_onnx::ExportOnnx(*graph);
  if (!file.ok()) return file.status().ToString();
  const Result<ir::Graph> again = onnx::Import(AsBytes(file->model));
  if (!again.ok()) return again.status().ToString();
  const std::vector<ir::BufferPtr> inputs = RandomInputs(*graph, 7, c.lo, c.hi);
  const Result<std::vector<ir::BufferPtr>> want = ir::Evaluate(*graph, inputs);
  if (!want.ok()) return want.status().ToString();
  const Result<std::vector<ir::BufferPtr>> got = ir::Evaluate(*again, inputs);
  if (!got.ok()) return got.status().ToString();
  for (size_t i = 0; i < want->size(); ++i) {
    const ir::Value& a = graph->value(graph->outputs[i]);
    const ir::Value& b = again->value(again->outputs[i]);
    if (a.name != b.name) return "output " + std::to_string(i) + " is named '" + b.name + "', wants '" + a.name + "'";
    if (a.dtype != b.dtype || !(a.shape == b.shape)) {
      return "'" + a.name + "' is " + DTypeName(b.dtype) + ToString(b.shape) + ", wants " + DTypeName(a.dtype) +
             ToString(a.shape);
    }
    const double difference = Difference(a, (*got)[i], (*want)[i]);
    // Integers by fixed point and by floats: one step apart.
    const double limit = a.quant.scales.empty() ? std::max(c.tolerance, 1e-5) : 1;
    if (difference > limit) return "'" + a.name + "' differs by " + std::to_string(difference);
  }
  return "";
}

class OnnxCases : public testing::TestWithParam<ops::OpId> {};

TEST_P(OnnxCases, ComputeTheSameAfterARoundTrip) {
  const std::string op = ops::GetOp(GetParam()).name;
  std::map<std::string, std::string> excluded = ReadExclusions(VERGE_SOURCE_DIR "/tests/export/onnx_exclusions.txt");
  excluded.merge(ReadExclusions(VERGE_SOURCE_DIR "/tests/export/import_exclusions.txt"));
  const std::vector<ops::Case> cases = CasesOf(GetParam());
  ASSERT_FALSE(cases.empty());
  for (const ops::Case& c : cases) {
    const std::string problem = RoundTrip(c);
    const bool is_excluded = (excluded.contains(op + " " + c.name) || excluded.contains(op + " *"));
    EXPECT_EQ(problem.empty(), !is_excluded) << op << " " << c.name << ": " << problem;
  }
}

std::vector<ops::OpId> AllIds() {
  std::vector<ops::OpId> ids;
  for (size_t i = 0; i < ops::AllOps().size(); ++i) {
    if (ops::AllOps()[i].subgraphs == 0) ids.push_back(static_cast<ops::OpId>(i));
  }
  return ids;
}

INSTANTIATE_TEST_SUITE_P(Ops, OnnxCases, testing::ValuesIn(AllIds()),
                         [](const auto& tested) { return std::string(ops::GetOp(tested.param).name); });

}  // namespace
}  // namespace verge::exported
