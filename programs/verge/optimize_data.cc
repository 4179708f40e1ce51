#include "verge/optimize_data.h"

#include <memory>

#include "backend/model_file.h"
#include "compile/compile.h"
#include "format/model/model.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "verge/calibrate_app.h"
#include "verge/engine_flags.h"
#include "verge/eval_flags.h"

namespace verge::cli {
namespace {

constexpr uint64_t kMaxSpecBytes = uint64_t{1} << 20;

Result<eval::Spec> ReadSpec(const std::string& path, const OptimizeFlags& flags) {
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxSpecBytes));
  VERGE_TRY_ASSIGN(const yaml::Params params, ReadParams(flags.params));
  return eval::ParseSpec(path, text, params, {flags.model, ""});
}

eval::OpenModel Opener() {
  return [](const std::string& path) -> Result<std::shared_ptr<const runtime::Model>> {
    VERGE_TRY_ASSIGN(const backend::OpenedModel opened, backend::OpenModel(path, {}));
    return opened.model;
  };
}

}  // namespace

Result<ir::Graph> ReadGraph(const std::string& path, const OptimizeFlags& flags) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
  if (backend::IsModelFile(file.bytes())) {
    VERGE_TRY_ASSIGN(const format::VerifiedModel model, format::VerifiedModel::Verify(file.bytes(), nullptr));
    return compile::Raise(model);
  }
  backend::CompileRequest request;
  VERGE_TRY(ReadShapeFlags(flags.shapes, flags.values, request.shapes, request.values));
  return backend::ImportModel(path, request);
}

Status ReadEvaluation(const OptimizeFlags& flags, optimizer::Settings& settings) {
  settings.open = Opener();
  if (!flags.eval.empty()) {
    VERGE_TRY_ASSIGN(settings.evaluation, ReadSpec(flags.eval, flags));
  }
  return Status::Ok();
}

Result<optimizer::Samples> ReadSamples(const OptimizeFlags& flags, const std::optional<eval::Spec>& evaluation,
                                       const ir::Graph& graph) {
  const bool is_spec = flags.calibrate.ends_with(".yaml") || flags.calibrate.ends_with(".yml");
  if (is_spec) {
    VERGE_TRY_ASSIGN(const eval::Spec spec, ReadSpec(flags.calibrate, flags));
    return optimizer::SamplesOfSpec(spec, Opener(), graph, flags.samples);
  }
  if (IsAppPath(flags.calibrate)) return SamplesOfApp(flags.calibrate, flags.params, graph, flags.samples);
  if (!flags.calibrate.empty()) return optimizer::SamplesOfPath(flags.calibrate, graph, flags.samples);
  if (evaluation && evaluation->data.calibration > 0) {
    return optimizer::SamplesOfSpec(*evaluation, Opener(), graph, flags.samples);
  }
  return optimizer::Samples();
}

optimizer::Watch WatchWith(ProgressBar& bar) {
  return [&bar](const std::string& stage, size_t done, size_t total) {
    bar.Show(stage, done, total);
    return Status::Ok();
  };
}

}  // namespace verge::cli
