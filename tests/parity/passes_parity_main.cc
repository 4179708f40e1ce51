// Runs every model of the lists optimised and as it was imported, on the same random inputs, and compares:
// passes_parity [--explain] [--print] [--only PART-OF-A-NAME] LIST...
//
// Lists     onnx.txt and tflite.txt: list.h and case.h say what the words mean
// Models    VERGE_DATA/models/<path>.onnx or .tflite, for npm/<name> VERGE_CACHE/models/<name>
// Runs      both with the default kernels, three seeds; states move on from run to run
// Bounds    integers: the same bits; floats: the row's share of the largest value
// Prints    nodes and bytes of the arena before and after; --explain also what each pass changed, --print the graph
// Fails     when outputs differ, a model is missing, or optimising makes more nodes or multiply-accumulates
// Exit      0 all hold; 1 some do not; 77 without VERGE_DATA: nothing was tested
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "backend/verge_session.h"
#include "import/tflite/import.h"
#include "ir/text.h"
#include "opt/pass.h"
#include "parity/case.h"
#include "parity/compare.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::parity {
namespace {

constexpr int kSkipped = 77;
constexpr uint64_t kSeeds = 3;
constexpr size_t kMaxListBytes = 1 << 20;

struct Options {
  bool explain = false;
  bool print = false;
  std::string only;
  std::vector<std::string> lists;
};

std::string PathOf(const std::string& model, const std::string& extension) {
  const char* const data = std::getenv("VERGE_DATA");
  if (model.starts_with("npm/")) return std::string(VERGE_CACHE_DIR) + "/models/" + model.substr(4) + extension;
  return std::string(data == nullptr ? "" : data) + "/models/" + model + extension;
}

// Sizes that a TFLite file leaves open are what the row says, the first of them 1.
Status OpenShapes(const std::string& path, const Row& row, std::map<std::string, Shape>& shapes) {
  if (row.open == 0) return Status::Ok();
  VERGE_TRY_ASSIGN(const auto file, sys::MappedFile::Open(path));
  VERGE_TRY_ASSIGN(const std::vector<tflite::InputInfo> inputs, tflite::ModelInputs(file.bytes()));
  for (tflite::InputInfo input : inputs) {
    for (size_t d = 0; d < input.dims.size(); ++d) {
      if (input.dims[d] < 0) input.dims[d] = d == 0 ? 1 : static_cast<int64_t>(row.open);
    }
    const std::optional<Shape> shape = Shape::FromSpan(input.dims);
    if (shape) shapes[input.name] = *shape;
  }
  return Status::Ok();
}

Result<std::unique_ptr<backend::VergeSession>> SessionOf(const ir::Graph& graph) {
  VERGE_TRY_ASSIGN(backend::OpenedModel opened, backend::LoadGraph(graph, {}, {.optimize = false}));
  return backend::VergeSession::Create(std::move(opened));
}

void Explain(const std::vector<opt::PassOutcome>& outcomes) {
  for (const opt::PassOutcome& o : outcomes) {
    if (o.changes == 0) continue;
    std::printf("    %zu %-20s %4zu changes, nodes %zu -> %zu, macs %llu -> %llu\n", o.round, o.name, o.changes,
                o.before.nodes, o.after.nodes, static_cast<unsigned long long>(o.before.macs),
                static_cast<unsigned long long>(o.after.macs));
    for (const std::string& note : o.notes) std::printf("        %s\n", note.c_str());
  }
}

// Seconds of the last run, for people: nothing passes or fails on them.
Result<double> TimeOf(backend::VergeSession& session) {
  const auto start = std::chrono::steady_clock::now();
  VERGE_TRY(session.Run());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<bool> CheckModel(const Case& test, const std::string& path, const Options& options) {
  backend::CompileRequest request = test.request;
  VERGE_TRY(OpenShapes(path, test.row, request.shapes));
  VERGE_TRY_ASSIGN(const ir::Graph graph, backend::ImportModel(path, request));
  ir::Graph optimised = graph;
  VERGE_TRY_ASSIGN(const std::vector<opt::PassOutcome> outcomes, opt::RunPasses(optimised));
  VERGE_TRY_ASSIGN(const auto before, SessionOf(graph));
  VERGE_TRY_ASSIGN(const auto after, SessionOf(optimised));
  Row row = test.row;
  row.most_off = 0;
  row.step = 0;
  row.allows_zeros = true;
  Difference d;
  double seconds[2] = {};
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    compare::InputOptions inputs = test.inputs;
    inputs.seed = seed;
    VERGE_TRY(compare::FillInputs(inputs, *before, *after));
    VERGE_TRY_ASSIGN(seconds[0], TimeOf(*before));
    VERGE_TRY_ASSIGN(seconds[1], TimeOf(*after));
    for (size_t i = 0; i < before->outputs().size(); ++i) {
      Compare(row, before->outputs()[i].tensor, after->outputs()[i].tensor, d);
    }
  }
  const opt::GraphSize was = opt::SizeOf(graph);
  const opt::GraphSize is = opt::SizeOf(optimised);
  const bool holds = Passes(row, d) && is.nodes <= was.nodes && is.macs <= was.macs;
  std::printf("%-57s %4zu -> %4zu nodes  %7.2f -> %7.2f MMAC  %8zu -> %8zu arena  %8.2f -> %8.2f ms  worst %.1e  %s\n",
              row.model.c_str(), was.nodes, is.nodes, static_cast<double>(was.macs) / 1e6,
              static_cast<double>(is.macs) / 1e6, before->opened().model->arena_bytes(),
              after->opened().model->arena_bytes(), 1e3 * seconds[0], 1e3 * seconds[1], d.worst,
              holds ? "ok" : (d.mismatch.empty() ? "FAILED" : ("FAILED: " + d.mismatch).c_str()));
  if (options.explain) Explain(outcomes);
  if (options.print) std::printf("%s\n", ir::Print(optimised, {.max_inline_elems = 4}).c_str());
  return holds;
}

Options ReadOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--explain") {
      options.explain = true;
    } else if (word == "--print") {
      options.print = true;
    } else if (word == "--only" && i + 1 < argc) {
      options.only = argv[++i];
    } else {
      options.lists.push_back(word);
    }
  }
  return options;
}

int Main(int argc, char** argv) {
  const Options options = ReadOptions(argc, argv);
  const char* const data = std::getenv("VERGE_DATA");
  if (data == nullptr || *data == 0) {
    std::puts("VERGE_DATA is not set: no model was run");
    return kSkipped;
  }
  size_t held = 0, failed = 0;
  for (const std::string& list : options.lists) {
    const Result<std::string> text = sys::ReadFile(list, kMaxListBytes);
    const Result<std::vector<Case>> cases = text.ok() ? ReadCases(*text) : Result<std::vector<Case>>(text.status());
    if (!cases.ok()) {
      std::printf("%s: %s\n", list.c_str(), cases.status().ToString().c_str());
      return 1;
    }
    const std::string extension = list.ends_with("onnx.txt") ? ".onnx" : ".tflite";
    for (const Case& test : *cases) {
      if (test.row.kind == Class::kPending || test.row.model.find(options.only) == std::string::npos) continue;
      const Result<bool> holds = CheckModel(test, PathOf(test.row.model, extension), options);
      if (!holds.ok()) std::printf("%-57s FAILED: %s\n", test.row.model.c_str(), holds.status().ToString().c_str());
      ++(holds.ok() && *holds ? held : failed);
      std::fflush(stdout);
    }
  }
  std::printf("%zu models compute the same, %zu do not\n", held, failed);
  return failed == 0 && held > 0 ? 0 : 1;
}

}  // namespace
}  // namespace verge::parity

int main(int argc, char** argv) { return verge::parity::Main(argc, argv); }
