#include <cstdio>
#include <memory>
#include <string>

#include "verge/command.h"
#include "verge/fleet/pack.h"

namespace verge::cli {

void RegisterPack(CLI::App& app) {
  CLI::App* command = app.add_subcommand("pack", "Turn an app folder into a package");
  const auto options = std::make_shared<PackOptions>();
  command->add_option("dir", options->dir, "App folder: app.yaml and what it names")->required();
  command->add_option("-o,--out", options->out, "Package folder to write")->required();
  command->add_option("--model", options->models, "NAME=FILE: where a model of app.yaml lies, .vg or .tflite");
  OnRun(*command, [options]() -> Status {
    VERGE_TRY_ASSIGN(const Packed packed, PackApp(*options));
    const package::Layout& layout = packed.layout;
    for (const package::File& file : layout.manifest.files) {
      std::printf("  %10lld bytes  %s\n", static_cast<long long>(file.blob.size), file.path.c_str());
    }
    for (const std::string& path : packed.left_out) {
      std::printf("  left out: %s (app.yaml does not name it)\n", path.c_str());
    }
    std::printf("packed %s:%lld into %s\n%s\n", layout.manifest.app.c_str(),
                static_cast<long long>(layout.manifest.version), options->out.c_str(),
                layout.descriptor.digest.c_str());
    return Status::Ok();
  });
}

}  // namespace verge::cli
