#include "verge/calibrate_app.h"

#include <algorithm>
#include <utility>

#include "compile/compile.h"
#include "format/app/app.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/process/process.h"
#include "verge/fleet/pack.h"

namespace verge::cli {
namespace {

constexpr int64_t kMostRunMs = 3'600'000;

// "DIR#MODEL" or "DIR".
std::pair<std::string, std::string> SplitPath(const std::string& path) {
  const size_t hash = path.rfind('#');
  if (hash == std::string::npos || hash == 0) return {path, ""};
  return {path.substr(0, hash), path.substr(hash + 1)};
}

Result<app::App> ReadDescription(const std::string& dir) {
  VERGE_TRY_ASSIGN(const std::string text, app::ReadTextFile(dir, "app.yaml"));
  return app::ParseApp(sys::JoinPath(dir, "app.yaml"), text);
}

Result<std::string> ModelOf(const app::App& app, const std::string& dir, const std::string& wanted) {
  std::string names;
  for (const app::Model& model : app.models) {
    if (model.name == wanted) return wanted;
    names += (names.empty() ? "" : ", ") + model.name;
  }
  if (wanted.empty() && app.models.size() == 1) return app.models[0].name;
  return VERGE_ERROR(kInvalidArgument,
                     dir + ": which model of the app is it? Write --calibrate " + dir + "#MODEL with one of: " + names);
}

// Lays the files of a package out as the folder that it was made of.
Status Unpack(const package::Layout& layout, const std::string& dir) {
  for (const package::File& file : layout.manifest.files) {
    const std::string path = sys::JoinPath(dir, file.path);
    VERGE_TRY(sys::MakeDirs(sys::ParentPath(path)));
    VERGE_TRY_ASSIGN(const std::string bytes, package::ReadBlob(layout, file.blob));
    VERGE_TRY(sys::WriteFileAtomic(path, bytes));
  }
  return Status::Ok();
}

// The app with this model in place of its own, ready to run, in `scratch`/app.
Status PrepareApp(const std::string& dir, const std::string& model, const ir::Graph& graph,
                  const sys::TempDir& scratch) {
  VERGE_TRY_ASSIGN(const format::AlignedBytes bytes, compile::Lower(graph));
  const auto* const text = reinterpret_cast<const char*>(bytes.bytes().data());
  const std::string file = scratch.File("model.vg");
  VERGE_TRY(sys::WriteFileAtomic(file, {text, bytes.bytes().size()}));
  VERGE_TRY_ASSIGN(const Packed packed, PackApp({dir, scratch.File("package"), {model + "=" + file}}));
  return Unpack(packed.layout, scratch.File("app"));
}

// Params that the app does not declare are for specifications.
bool IsDeclared(const app::App& app, const std::string& param) {
  const std::string name = param.substr(0, param.find('='));
  return std::ranges::any_of(app.params, [&](const app::Param& declared) { return declared.name == name; });
}

Status RunCapture(const app::App& app, const sys::TempDir& scratch, const std::vector<std::string>& params,
                  size_t limit) {
  VERGE_TRY_ASSIGN(const std::string program, sys::ProgramPath());
  sys::SpawnOptions options;
  options.argv = {sys::JoinPath(sys::ParentPath(program), "verge-runner"),
                  "--app",
                  scratch.File("app"),
                  "--capture",
                  scratch.File("captured"),
                  "--capture-limit",
                  std::to_string(limit)};
  for (const std::string& param : params) {
    if (!IsDeclared(app, param)) continue;
    options.argv.emplace_back("--param");
    options.argv.push_back(param);
  }
  VERGE_TRY_ASSIGN(const sys::Captured run, sys::RunAndCapture(options, {.timeout_ms = kMostRunMs}));
  if (run.status.success()) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition, "the app did not run (" + ToString(run.status) + "): " + run.error);
}

}  // namespace

bool IsAppPath(const std::string& path) { return sys::Exists(sys::JoinPath(SplitPath(path).first, "app.yaml")); }

Result<optimizer::Samples> SamplesOfApp(const std::string& path, const std::vector<std::string>& params,
                                        const ir::Graph& graph, size_t limit) {
  const auto [dir, wanted] = SplitPath(path);
  VERGE_TRY_ASSIGN(const app::App app, ReadDescription(dir));
  VERGE_TRY_ASSIGN(const std::string model, ModelOf(app, dir, wanted));
  VERGE_TRY_ASSIGN(const sys::TempDir scratch, sys::TempDir::Create());
  VERGE_TRY(PrepareApp(dir, model, graph, scratch));
  VERGE_TRY(RunCapture(app, scratch, params, limit == 0 ? kDefaultAppSamples : limit));
  const std::string captured = sys::JoinPath(scratch.File("captured"), model);
  if (!sys::Exists(captured)) {
    return VERGE_ERROR(kInvalidArgument, dir + ": nothing reached model " + model + "; say with --param which source " +
                                             "the app shall read");
  }
  VERGE_TRY_ASSIGN(optimizer::Samples samples, optimizer::SamplesOfPath(captured, graph, limit));
  if (graph.states.empty()) return samples;
  optimizer::Samples joined;
  joined.push_back({dir, {}});
  for (optimizer::Sample& sample : samples) joined[0].steps.push_back(std::move(sample.steps[0]));
  return joined;
}

}  // namespace verge::cli
