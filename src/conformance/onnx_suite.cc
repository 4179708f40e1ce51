#include "conformance/onnx_suite.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "compile/compile.h"
#include "conformance/compare.h"
#include "import/onnx/import.h"
#include "ir/evaluate.h"
#include "runtime/session.h"
#include "sys/file/file.h"

namespace verge::conformance {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 31;
constexpr int kMaxAttempts = 16;  // of finding out which inputs must be constants

struct CasePath {
  std::string suite;
  std::string name;
  std::string path;
};

std::string LastPart(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// Folders with a model, at most two levels below.
Status FindCases(const std::string& folder, int levels, std::vector<CasePath>& found) {
  if (sys::Exists(sys::JoinPath(folder, "model.onnx"))) {
    found.push_back({LastPart(sys::ParentPath(folder)), LastPart(folder), folder});
    return Status::Ok();
  }
  if (levels == 0) return Status::Ok();
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(folder));
  for (const std::string& name : names) {
    const std::string path = sys::JoinPath(folder, name);
    if (sys::IsDirectory(path)) VERGE_TRY(FindCases(path, levels - 1, found));
  }
  return Status::Ok();
}

std::span<const std::byte> Bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

// input_0.pb, input_1.pb ... as far as there are files and types.
Result<std::vector<onnx::Datum>> ReadData(const std::string& folder, const char* stem,
                                          const std::vector<onnx::ValueInfo>& infos) {
  std::vector<onnx::Datum> data;
  for (size_t i = 0; i < infos.size(); ++i) {
    const std::string path = sys::JoinPath(folder, stem + std::to_string(i) + ".pb");
    if (!sys::Exists(path)) break;
    VERGE_TRY_ASSIGN(const std::string file, sys::ReadFile(path, kMaxFileBytes));
    VERGE_TRY_ASSIGN(onnx::Datum datum, onnx::ParseDatum(Bytes(file), infos[i].type));
    datum.name = infos[i].name;
    data.push_back(std::move(datum));
  }
  return data;
}

// Places the tensors of an input at the graph inputs it became.
void Bind(const onnx::Slot& slot, const onnx::Datum& datum, std::vector<ir::BufferPtr>& inputs) {
  if (slot.is_constant) return;
  if (slot.kind == onnx::Datum::Kind::kTensor) inputs[slot.index] = datum.tensor.data;
  for (size_t i = 0; i < slot.elements.size() && i < datum.elements.size(); ++i)
    Bind(slot.elements[i], datum.elements[i], inputs);
}

struct Computed {
  ir::Graph graph;
  onnx::ImportReport report;
  std::vector<ir::BufferPtr> outputs;
  std::vector<Shape> shapes;  // of the outputs, as long as this run made them
};

Status Compare(const Computed& computed, const onnx::Slot& slot, const onnx::Datum& want, double of_largest,
               double& worst) {
  if (slot.kind == onnx::Datum::Kind::kTensor && want.kind == onnx::Datum::Kind::kTensor) {
    TensorType type = computed.graph.value(computed.graph.outputs[slot.index]).type();
    type.shape = computed.shapes[slot.index];
    worst = std::max(worst, WorstShare(want.tensor, type, *computed.outputs[slot.index]));
    return CompareTensor(want.tensor, type, *computed.outputs[slot.index], of_largest)
        .WithContext("output '" + slot.name + "'");
  }
  if (slot.kind != want.kind || slot.elements.size() != want.elements.size()) {
    return VERGE_ERROR(kInternal, "output '" + slot.name + "' has " + std::to_string(slot.elements.size()) +
                                      " elements, wants " + std::to_string(want.elements.size()));
  }
  for (size_t i = 0; i < slot.elements.size(); ++i)
    VERGE_TRY(Compare(computed, slot.elements[i], want.elements[i], of_largest, worst));
  return Status::Ok();
}

// Imports with ever more inputs known, until the importer asks for nothing new.
Result<Computed> Import(const onnx::ModelDef& model, const std::vector<onnx::Datum>& inputs,
                        std::set<std::string>& constants) {
  for (int attempt = 0;; ++attempt) {
    onnx::ImportOptions options;
    options.examples = inputs;
    options.constants = constants;
    Computed computed;
    Result<ir::Graph> graph = onnx::Import(model, options, &computed.report);
    if (graph.ok()) {
      computed.graph = *std::move(graph);
      return computed;
    }
    const size_t before = constants.size();
    constants.insert(computed.report.needed_inputs.begin(), computed.report.needed_inputs.end());
    if (constants.size() == before || attempt == kMaxAttempts) return std::move(graph).status();
  }
}

// The graph's results through the whole path that a device takes: optimised, written as .vg, verified, loaded, run.
Status RunCompiled(const std::vector<ir::BufferPtr>& inputs, Computed& computed) {
  VERGE_TRY_ASSIGN(compile::Compiled compiled, compile::Compile(computed.graph));
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(compiled.bytes.bytes(), nullptr));
  VERGE_TRY_ASSIGN(const std::shared_ptr<const runtime::Model> model, runtime::Model::Load(std::move(verified)));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(model));
  for (size_t i = 0; i < inputs.size(); ++i) std::memcpy(session.input(i).data, inputs[i]->data(), inputs[i]->size());
  session.Run();
  for (size_t i = 0; i < computed.graph.outputs.size(); ++i) {
    const size_t bytes = *session.output(i).type.CheckedBytes();
    computed.outputs.push_back(ir::Buffer::CopyOf(session.output(i).data, bytes));
    computed.shapes.push_back(session.OutputShape(i));
  }
  return Status::Ok();
}

Status RunDataSet(const onnx::ModelDef& model, const std::string& folder, double of_largest,
                  std::set<std::string>& constants, double& worst) {
  VERGE_TRY_ASSIGN(const std::vector<onnx::Datum> inputs, ReadData(folder, "input_", onnx::ModelInputs(model)));
  VERGE_TRY_ASSIGN(const std::vector<onnx::Datum> wants, ReadData(folder, "output_", model.graph.outputs));
  if (wants.empty()) return VERGE_ERROR(kDataLoss, folder + " has no outputs to compare with");
  VERGE_TRY_ASSIGN(Computed computed, Import(model, inputs, constants));
  std::vector<ir::BufferPtr> buffers(computed.graph.inputs.size());
  for (size_t i = 0; i < computed.report.inputs.size() && i < inputs.size(); ++i) {
    Bind(computed.report.inputs[i], inputs[i], buffers);
  }
  VERGE_TRY(RunCompiled(buffers, computed));
  for (size_t i = 0; i < wants.size(); ++i)
    VERGE_TRY(Compare(computed, computed.report.outputs[i], wants[i], of_largest, worst));
  return Status::Ok();
}

Status RunCase(const std::string& folder, double of_largest, std::set<std::string>& constants, double& worst) {
  VERGE_TRY_ASSIGN(const std::string file, sys::ReadFile(sys::JoinPath(folder, "model.onnx"), kMaxFileBytes));
  VERGE_TRY_ASSIGN(const onnx::ModelDef model, onnx::ParseModel(Bytes(file)));
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(folder));
  bool any = false;
  for (const std::string& name : names) {
    if (!name.starts_with("test_data_set_")) continue;
    any = true;
    VERGE_TRY(RunDataSet(model, sys::JoinPath(folder, name), of_largest, constants, worst));
  }
  return any ? Status::Ok() : VERGE_ERROR(kDataLoss, folder + " has no test_data_set_*");
}

CaseResult Judge(const CasePath& path, const SuiteOptions& options) {
  CaseResult result{path.suite, path.name, Outcome::kPassed, "", {}, 0};
  std::set<std::string> constants;
  const Status status = RunCase(path.path, options.of_largest, constants, result.worst);
  result.constants.assign(constants.begin(), constants.end());
  const auto excluded = options.exclusions.find(path.name);
  if (excluded != options.exclusions.end()) {
    result.outcome = status.ok() ? Outcome::kFailed : Outcome::kExcluded;
    result.message = status.ok() ? "is listed as excluded, but passes: take it off the list" : excluded->second;
  } else if (!status.ok()) {
    result.outcome = Outcome::kFailed;
    result.message = status.ToString();
  }
  return result;
}

void Count(Outcome outcome, Summary& summary) {
  if (outcome == Outcome::kPassed) ++summary.passed;
  if (outcome == Outcome::kFailed) ++summary.failed;
  if (outcome == Outcome::kExcluded) ++summary.excluded;
}

}  // namespace

Result<std::map<std::string, std::string>> ParseExclusions(std::string_view text) {
  std::map<std::string, std::string> exclusions;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.find(' ');
    const size_t reason = line.find_first_not_of(' ', space);
    if (space == std::string::npos || reason == std::string::npos) {
      return VERGE_ERROR(kInvalidArgument, "exclusions, line " + std::to_string(number) + ": wants NAME REASON");
    }
    if (!exclusions.emplace(line.substr(0, space), line.substr(reason)).second) {
      return VERGE_ERROR(kInvalidArgument, "exclusions, line " + std::to_string(number) + ": the case is listed twice");
    }
  }
  return exclusions;
}

Result<Summary> RunOnnxSuite(const std::string& folder, const SuiteOptions& options) {
  std::vector<CasePath> paths;
  VERGE_TRY(FindCases(folder, 2, paths));
  if (paths.empty()) return VERGE_ERROR(kNotFound, folder + " holds no test case: no folder in it has a model.onnx");
  std::regex only;
  try {
    only = std::regex(options.only);
  } catch (const std::regex_error& error) {
    return VERGE_ERROR(kInvalidArgument, "'" + options.only + "' is no regular expression: " + error.what());
  }
  Summary summary;
  std::set<std::string> unseen;
  for (const auto& [name, reason] : options.exclusions) unseen.insert(name);
  for (const CasePath& path : paths) {
    unseen.erase(path.name);
    if (!options.only.empty() && !std::regex_search(path.name, only)) continue;
    summary.cases.push_back(Judge(path, options));
    Count(summary.cases.back().outcome, summary);
  }
  for (const std::string& name : unseen) {
    if (!options.only.empty()) break;
    summary.cases.push_back({"", name, Outcome::kFailed, "is listed as excluded, but there is no such case", {}, 0});
    Count(Outcome::kFailed, summary);
  }
  return summary;
}

std::string ToJson(const Summary& summary) {
  static constexpr const char* kNames[] = {"passed", "failed", "excluded"};
  nlohmann::json json = {{"passed", summary.passed}, {"failed", summary.failed}, {"excluded", summary.excluded}};
  json["suites"] = nlohmann::json::object();
  json["cases"] = nlohmann::json::array();
  for (const CaseResult& result : summary.cases) {
    nlohmann::json& suite = json["suites"][result.suite];
    if (suite.is_null()) suite = {{"passed", 0}, {"failed", 0}, {"excluded", 0}};
    const char* outcome = kNames[static_cast<size_t>(result.outcome)];
    suite[outcome] = suite[outcome].get<int>() + 1;
    nlohmann::json row = {{"suite", result.suite}, {"name", result.name}, {"outcome", outcome}};
    row["worst"] = result.worst;
    if (!result.message.empty()) row["message"] = result.message;
    if (!result.constants.empty()) row["constant_inputs"] = result.constants;
    json["cases"].push_back(std::move(row));
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace verge::conformance
