// Whole models: exported, read again and run, against the model itself. Every .tflite and .onnx file under
// $VERGE_DATA/models and the cache's models that can be imported is taken.
//
//   export_models [--onnxruntime] [NAME...]     only files whose path contains one of the names
//
// Limits    floats 1e-4 of the largest value of the output, or of 1e-3 where all are smaller; quantised integers 2
// steps (DequantizeLinear and
//           QuantizeLinear round in f32, integer kernels in fixed point). Others, and models that TFLite cannot
//           express, stand with the reason in models.txt: "file column limit: reason".
// Exit      77 when there is no model, or ONNX Runtime is asked for and not there; 1 when a model fails
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "backend/model_file.h"
#include "compile/compile.h"
#include "export/graphs.h"
#include "export/onnx/export.h"
#include "export/sessions.h"
#include "export/tflite/export.h"

namespace verge::exported {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> FindModels(const std::vector<std::string>& wanted) {
  std::vector<std::string> roots = {VERGE_CACHE_DIR "/models"};
  if (const char* data = std::getenv("VERGE_DATA")) roots.push_back(std::string(data) + "/models");
  std::vector<std::string> found;
  for (const std::string& root : roots) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
      const std::string path = it->path().string();
      const bool is_wanted = wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& name) {
                               return path.find(name) != std::string::npos;
                             });
      if (is_wanted && (path.ends_with(".tflite") || path.ends_with(".onnx"))) found.push_back(path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

struct Outcome {
  std::string text;
  double difference = 0;  // of floats a share of the largest value, of quantised integers steps
  double limit = 0;       // for the output that differs most, measured by its limit
  bool ran = false;
};

Outcome Failed(const Status& status) { return {std::string(status.message()).substr(0, 300)}; }

double LimitOf(const ir::Value& output) { return output.quant.scales.empty() ? 1e-4 : 2; }

// The output that differs most, against its limit.
Outcome Judge(const ir::Graph& graph, const Result<std::vector<ir::BufferPtr>>& got,
              const std::vector<ir::BufferPtr>& want) {
  if (!got.ok()) return Failed(got.status());
  Outcome worst{"0", 0, 1, true};
  for (size_t i = 0; i < want.size(); ++i) {
    const ir::Value& output = graph.value(graph.outputs[i]);
    const double difference = Difference(output, (*got)[i], want[i]);
    if (difference / LimitOf(output) <= worst.difference / worst.limit) continue;
    char text[32];
    std::snprintf(text, sizeof(text), "%.2g", difference);
    worst = {text + std::string(" (") + output.name + ")", difference, LimitOf(output), true};
  }
  return worst;
}

std::span<const std::byte> AsBytes(const std::string& text) { return std::as_bytes(std::span(text)); }

// What was exported, imported again and run by Verge.
Outcome Again(const ir::Graph& graph, const std::string& file, const std::vector<ir::BufferPtr>& inputs,
              const std::vector<ir::BufferPtr>& want) {
  const Result<ir::Graph> again = compile::Import(AsBytes(file), "exported");
  if (!again.ok()) return Failed(again.status());
  for (size_t i = 0; i < graph.outputs.size(); ++i) {
    if (again->value(again->outputs[i]).name != graph.value(graph.outputs[i]).name) return {"names differ"};
  }
  return Judge(graph, RunVerge(*again, graph, inputs), want);
}

// What ONNX models leave open: "file input 1x512" lines of shapes.txt, and "file input =16000" for values.
backend::CompileRequest RequestFor(const std::string& name) {
  backend::CompileRequest request;
  std::ifstream file(VERGE_SOURCE_DIR "/tests/export/shapes.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string model;
    std::string input;
    std::string text;
    if (!(words >> model >> input >> text) || model != name) continue;
    if (text[0] == '=') {
      request.values[input] = std::atof(text.c_str() + 1);
      continue;
    }
    std::vector<int64_t> dims;
    std::replace(text.begin(), text.end(), 'x', ' ');
    std::istringstream numbers(text);
    for (int64_t size = 0; numbers >> size;) dims.push_back(size);
    request.shapes[input] = Shape::FromSpan(dims).value_or(Shape());
  }
  return request;
}

// Floats from -1 to 1, integers over a byte.
std::vector<ir::BufferPtr> InputsFor(const ir::Graph& graph) {
  std::vector<ir::BufferPtr> inputs = RandomInputs(graph, 7, -1, 1);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ir::Value& value = graph.value(graph.inputs[i]);
    if (value.quant.scales.empty()) continue;
    ir::Graph one;
    one.inputs = {one.AddValue(value)};
    const bool is_unsigned = value.dtype == DType::kU8;
    inputs[i] =
        RandomInputs(one, static_cast<uint32_t>(i), is_unsigned ? 0.0f : -128.0f, is_unsigned ? 256.0f : 128.0f)[0];
  }
  return inputs;
}

class Table {
 public:
  explicit Table(bool with_ort) : with_ort_(with_ort) {
    for (auto& [key, reason] : ReadReasons(VERGE_SOURCE_DIR "/tests/export/models.txt")) {
      const size_t space = key.rfind(' ');
      limits_[key.substr(0, space)] = key.substr(space + 1);
    }
  }

  void Check(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    const Result<ir::Graph> graph = backend::ImportModel(path, RequestFor(name));
    if (!graph.ok()) {
      ++not_imported_;
      std::printf("%-44s not imported: %s\n", name.c_str(),
                  std::string(graph.status().message()).substr(0, 160).c_str());
      return;
    }
    const std::vector<ir::BufferPtr> inputs = InputsFor(*graph);
    const Result<std::vector<ir::BufferPtr>> want = RunVerge(*graph, *graph, inputs);
    if (!want.ok()) return Report(name, "verge", Failed(want.status()));
    const Result<to_onnx::OnnxFile> onnx = to_onnx::ExportOnnx(*graph);
    if (!onnx.ok()) return Report(name, "onnx", Failed(onnx.status()));
    if (with_ort_) return Report(name, "onnxruntime", Judge(*graph, RunOrt(onnx->model, *graph, inputs), *want));
    Report(name, "onnx", Again(*graph, onnx->model, inputs, *want));
    const Result<to_tflite::TfliteFile> tflite = to_tflite::ExportTflite(*graph);
    Report(name, "tflite", tflite.ok() ? Again(*graph, tflite->model, inputs, *want) : Failed(tflite.status()));
  }

  int Finish() const {
    std::printf("%zu agree, %zu are listed as exceptions, %zu fail, %zu models are not imported\n", agree_, listed_,
                failed_, not_imported_);
    return failed_ == 0 && agree_ > 0 ? 0 : 1;
  }

 private:
  void Report(const std::string& name, const std::string& column, const Outcome& outcome) {
    const auto listed = limits_.find(name + " " + column);
    bool is_good = outcome.ran && outcome.difference <= outcome.limit;
    const char* mark = "";
    if (listed != limits_.end()) {
      const bool is_refused = listed->second == "refused";
      is_good = is_refused ? !outcome.ran : outcome.ran && outcome.difference <= std::atof(listed->second.c_str());
      mark = is_good ? " (listed)" : "";
      listed_ += is_good ? 1 : 0;
    } else {
      agree_ += is_good ? 1 : 0;
    }
    failed_ += is_good ? 0 : 1;
    std::printf("%-44s %-12s %s%s%s\n", name.c_str(), column.c_str(), outcome.text.c_str(), mark,
                is_good ? "" : "  FAILS");
    std::fflush(stdout);
  }

  bool with_ort_;
  std::map<std::string, std::string> limits_;
  size_t agree_ = 0;
  size_t listed_ = 0;
  size_t failed_ = 0;
  size_t not_imported_ = 0;
};

int Run(std::vector<std::string> args) {
  const bool with_ort = std::erase(args, "--onnxruntime") > 0;
  if (with_ort && !HasOrt()) {
    std::printf("not run: %s is missing; ./x test fetches it\n", kOrtLibrary);
    return 77;
  }
  const std::vector<std::string> models = FindModels(args);
  if (models.empty()) {
    std::printf("not run: no models; set VERGE_DATA, or let ./x test fetch some\n");
    return 77;
  }
  Table table(with_ort);
  for (const std::string& path : models) table.Check(path);
  return table.Finish();
}

}  // namespace
}  // namespace verge::exported

int main(int argc, char** argv) { return verge::exported::Run({argv + 1, argv + argc}); }
