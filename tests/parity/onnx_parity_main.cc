// Runs every ONNX model of the list by Verge and by ONNX Runtime on the same inputs and compares: onnx_parity LIST
// [MODEL...]
//
// Models    VERGE_DATA/models/<path>.onnx, for npm/<name> VERGE_CACHE/models/<name>.onnx
// Lists     the words of list.h and case.h
// Runs      the optimised model with the default kernels and with the reference kernels, three seeds each
// Fails     when a row's bounds do not hold, a model is missing, or a .onnx file of VERGE_DATA/models is in no row
// Exit      0 all hold; 1 some do not; 77 without VERGE_DATA or without the library: nothing was tested
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "parity/case.h"
#include "parity/compare.h"
#include "sys/file/file.h"

namespace verge::parity {
namespace {

constexpr int kSkipped = 77;
constexpr uint64_t kSeeds = 3;
constexpr size_t kMaxListBytes = 1 << 20;

struct Folders {
  std::string data;
  std::string cache;
  std::string Model(const std::string& model) const {
    if (model.starts_with("npm/")) return cache + "/models/" + model.substr(4) + ".onnx";
    return data + "/models/" + model + ".onnx";
  }
};

Result<Difference> RunCase(const Case& test, const std::string& path, const std::string& library, bool use_reference) {
  backend::OpenOptions ours{.force_reference = use_reference, .compile = test.request};
  backend::OpenOptions theirs{.compile = test.request};
  theirs.choice.kind = backend::Kind::kOnnxRuntime;
  theirs.choice.library = library;
  theirs.compile.optimize = !test.is_unfused;
  VERGE_TRY_ASSIGN(const auto got, backend::Open(path, ours));
  VERGE_TRY_ASSIGN(const auto want, backend::Open(path, theirs));
  Difference d;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    compare::InputOptions inputs = test.inputs;
    inputs.seed = seed;
    VERGE_TRY(compare::FillInputs(inputs, *got, *want));
    VERGE_TRY(got->Run());
    VERGE_TRY(want->Run());
    if (got->outputs().size() != want->outputs().size()) {
      return VERGE_ERROR(kInternal, "has " + std::to_string(got->outputs().size()) + " outputs, wants " +
                                        std::to_string(want->outputs().size()));
    }
    for (size_t i = 0; i < got->outputs().size(); ++i) {
      Compare(test.row, want->outputs()[i].tensor, got->outputs()[i].tensor, d);
    }
  }
  return d;
}

// Prints the row; true when it holds.
bool CheckCase(const Case& test, const Folders& folders, const std::string& library) {
  const Row& row = test.row;
  if (row.kind == Class::kPending) {
    std::printf("%-42s pending: %s\n", row.model.c_str(), row.reason.c_str());
    return true;
  }
  bool holds = true;
  for (const bool use_reference : {false, true}) {
    const Result<Difference> d = RunCase(test, folders.Model(row.model), library, use_reference);
    const char* const kernels = use_reference ? "reference" : "default";
    const bool passes = d.ok() && Passes(row, *d);
    holds = holds && passes;
    const std::string what = !d.ok() ? d.status().ToString() : d->mismatch;
    if (!what.empty()) {
      std::printf("%-42s %-9s FAILED %s\n", row.model.c_str(), kernels, what.c_str());
    } else {
      std::printf("%-42s %-9s %-6s %-6s worst %.2e  outside %zu of %zu, further than a step %zu\n", row.model.c_str(),
                  kernels, ClassName(row.kind), passes ? "ok" : "FAILED", d->worst, d->off, d->values, d->wrong);
    }
    std::fflush(stdout);
  }
  return holds;
}

// The .onnx files of the data that are in no row.
std::vector<std::string> Unlisted(const std::vector<Case>& cases, const std::string& root) {
  std::set<std::string> listed;
  for (const Case& test : cases) listed.insert(test.row.model);
  std::vector<std::string> missing;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    if (entry.path().extension() != ".onnx") continue;
    std::string name = entry.path().lexically_relative(root).replace_extension().generic_string();
    if (!listed.contains(name)) missing.push_back(std::move(name));
  }
  return missing;
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("onnx_parity LIST [MODEL...]\n", stderr);
    return 2;
  }
  const char* const data = std::getenv("VERGE_DATA");
  const Folders folders{data != nullptr ? data : "", VERGE_CACHE_DIR};
  const std::string library = folders.cache + "/onnxruntime/libonnxruntime.so.1";
  if (folders.data.empty() || !sys::Exists(library)) {
    std::printf("not run: wants the folder VERGE_DATA and %s, which ./x test fetches\n", library.c_str());
    return kSkipped;
  }
  const Result<std::string> text = sys::ReadFile(argv[1], kMaxListBytes);
  const Result<std::vector<Case>> cases = text.ok() ? ReadCases(*text) : Result<std::vector<Case>>(text.status());
  if (!cases.ok()) {
    std::fprintf(stderr, "%s: %s\n", argv[1], cases.status().ToString().c_str());
    return 1;
  }
  const std::set<std::string> chosen(argv + 2, argv + argc);
  size_t held = 0, failed = 0, pending = 0;
  for (const Case& test : *cases) {
    if (!chosen.empty() && !chosen.contains(test.row.model)) continue;
    const bool holds = CheckCase(test, folders, library);
    ++(test.row.kind == Class::kPending ? pending : holds ? held : failed);
  }
  for (const std::string& name : Unlisted(*cases, folders.data + "/models")) {
    std::printf("%-42s FAILED is in no row of the list\n", name.c_str());
    ++failed;
  }
  std::printf("%zu models agree with ONNX Runtime, %zu do not, %zu pending\n", held, failed, pending);
  return failed == 0 && held > 0 ? 0 : 1;
}

}  // namespace
}  // namespace verge::parity

int main(int argc, char** argv) { return verge::parity::Main(argc, argv); }
