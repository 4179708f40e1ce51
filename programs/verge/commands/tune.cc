// verge tune: measures which kernel is the fastest for each node, and keeps it for later loads on this machine.
#include <cstdio>
#include <memory>

#include "backend/model_file.h"
#include "sys/threads/thread_pool.h"
#include "tune/cache.h"
#include "tune/measure.h"
#include "verge/command.h"
#include "verge/fill_inputs.h"

namespace verge::cli {
namespace {

struct TuneFlags {
  std::string model;
  int threads = 1;
  double seconds = 3;
};

// What other models left there; nothing where it cannot be read, which is said.
tune::Choices Earlier(const std::string& path, const std::string& cpu) {
  const Result<std::shared_ptr<const tune::Choices>> earlier = tune::LoadChoices(path, cpu);
  if (earlier.ok()) return *earlier == nullptr ? tune::Choices() : **earlier;
  std::fprintf(stderr, "warning: begins anew: %s\n", std::string(earlier.status().message()).c_str());
  return {};
}

Status Tune(const TuneFlags& flags) {
  const std::string path = tune::DefaultPath();
  if (path.empty()) {
    return VERGE_ERROR(
        kFailedPrecondition,
        "there is no place to keep what is found: VERGE_TUNED is \"off\", or neither XDG_CACHE_HOME nor HOME is set");
  }
  const std::string cpu = tune::CpuText();
  VERGE_TRY_ASSIGN(const auto pool, sys::ThreadPool::Create(flags.threads));
  tune::Choices choices = Earlier(path, cpu);
  const tune::Loader load =
      [&](std::shared_ptr<const runtime::KernelChooser> chooser) -> Result<std::shared_ptr<const runtime::Model>> {
    runtime::LoadOptions options;
    options.threads = flags.threads;
    options.chooser = std::move(chooser);
    VERGE_TRY_ASSIGN(const backend::OpenedModel opened, backend::OpenModel(flags.model, options));
    return opened.model;
  };
  const auto fill = [](const runtime::Session& session) {
    for (size_t i = 0; i < session.model().inputs().size(); ++i) FillWithNoise(session.input(i));
  };
  tune::MeasureOptions options;
  options.seconds = flags.seconds;
  options.parallel = pool.get();
  VERGE_TRY_ASSIGN(const tune::Measured measured, tune::Measure(load, fill, options, choices));
  VERGE_TRY(tune::SaveChoices(choices, path, cpu));
  for (const tune::Gain& gain : measured.gains) {
    std::printf("%9.2f -> %9.2f us  %s -> %s  %.60s\n", gain.usual_ns / 1e3, gain.chosen_ns / 1e3, gain.usual.c_str(),
                gain.chosen.c_str(), gain.node.c_str());
  }
  std::printf(
      "%zu nodes, %zu with more than one kernel; another than the usual one is faster for %zu kinds of them\n%s: %zu "
      "choices\n",
      measured.nodes, measured.measured, measured.gains.size(), path.c_str(), choices.size());
  return Status::Ok();
}

}  // namespace

void RegisterTune(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("tune", "Measure which kernels are the fastest here, and use them from now on");
  auto flags = std::make_shared<TuneFlags>();
  command->add_option("MODEL", flags->model, ".vg, .tflite or .onnx")->required();
  command->add_option("--threads", flags->threads, "Threads that the model will run with")->check(CLI::Range(1, 256));
  command->add_option("--seconds", flags->seconds, "Time to measure for")->check(CLI::Range(0.01, 3600.0));
  OnRun(*command, [flags] { return Tune(*flags); });
}

}  // namespace verge::cli
