// tests/conformance/onnx_cases: small models of newer opsets and other domains, with what ONNX Runtime computes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "import/onnx/import.h"
#include "import/onnx/test_models.h"
#include "ir/evaluate.h"
#include "ops/elem.h"

namespace verge::onnx {
namespace {

constexpr const char* kFolder = VERGE_SOURCE_DIR "/tests/conformance/onnx_cases";

struct Case {
  std::string name;
  std::string model;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

// Sections begin with "=== case NAME", "=== model", "=== input" or "=== output".
std::vector<Case> ReadCases(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Case> cases;
  std::string* section = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("=== case ")) {
      cases.push_back({line.substr(9), "", {}, {}});
    } else if (line == "=== model") {
      section = &cases.back().model;
    } else if (line == "=== input") {
      section = &cases.back().inputs.emplace_back();
    } else if (line == "=== output") {
      section = &cases.back().outputs.emplace_back();
    } else if (section != nullptr) {
      *section += line + "\n";
    }
  }
  return cases;
}

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

TensorData Tensor(const std::string& text) {
  const Result<Datum> datum = ParseDatum(Bytes(TensorBytes(text.c_str())), TypeInfo{});
  EXPECT_TRUE(datum.ok()) << datum.status().ToString();
  return datum.ok() ? datum->tensor : TensorData{};
}

std::vector<double> Numbers(DType dtype, const ir::Buffer& buffer) {
  std::vector<double> numbers;
  ops::Dispatch(dtype, [&]<typename T>() {
    const auto* data = reinterpret_cast<const T*>(buffer.data());
    for (size_t i = 0; i < buffer.size() / sizeof(T); ++i)
      numbers.push_back(static_cast<double>(static_cast<ops::Compute<T>>(data[i])));
  });
  return numbers;
}

// Floats within 1e-5 of the largest value (f16: its own precision), 8-bit results within one step, all else equal.
void Compare(const TensorData& want, const ir::Value& value, const ir::Buffer& got) {
  ASSERT_EQ(value.dtype, want.dtype);
  ASSERT_TRUE(value.shape == want.shape) << ToString(value.shape) << " wants " << ToString(want.shape);
  const std::vector<double> a = Numbers(want.dtype, got);
  const std::vector<double> b = Numbers(want.dtype, *want.data);
  double largest = 0;
  for (const double number : b) largest = std::isfinite(number) ? std::max(largest, std::abs(number)) : largest;
  double bound = 0;
  if (ops::IsFloatDType(want.dtype)) bound = largest * (want.dtype == DType::kF16 ? 1e-3 : 1e-5);
  if (want.dtype == DType::kU8 || want.dtype == DType::kI8) bound = 1;
  size_t steps = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    ASSERT_LE(std::abs(a[i] - b[i]), bound) << "element " << i << ": " << a[i] << ", wants " << b[i];
    steps += ops::IsFloatDType(want.dtype) ? 0 : 1;
  }
  EXPECT_LE(steps * 1000, a.size()) << steps << " of " << a.size() << " results are one step off";
}

void RunCase(const Case& c) {
  const std::string bytes = ModelBytes(c.model.c_str());
  ASSERT_FALSE(bytes.empty()) << "the case's own model is wrong";
  ImportReport report;
  const Result<ir::Graph> graph = Import(Bytes(bytes), {}, &report);
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  std::vector<ir::BufferPtr> inputs;
  for (const std::string& text : c.inputs) inputs.push_back(Tensor(text).data);
  const auto outputs = ir::Evaluate(*graph, inputs);
  ASSERT_TRUE(outputs.ok()) << outputs.status().ToString();
  ASSERT_EQ(outputs->size(), c.outputs.size());
  for (size_t i = 0; i < outputs->size(); ++i) {
    const TensorData want = Tensor(c.outputs[i]);
    SCOPED_TRACE(want.name);
    const size_t at = report.outputs[i].index;
    Compare(want, graph->value(graph->outputs[at]), *(*outputs)[at]);
  }
}

TEST(OnnxCases, GiveWhatOnnxRuntimeComputes) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    for (const Case& c : ReadCases(entry.path())) {
      SCOPED_TRACE(entry.path().filename().string() + ": " + c.name);
      RunCase(c);
      ++count;
    }
  }
  EXPECT_GT(count, 100u);
}

}  // namespace
}  // namespace verge::onnx
