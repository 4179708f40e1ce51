#include "delta/delta.h"

#include <cinttypes>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "sys/file/output_file.h"
#include "verge/command.h"
#include "verge/fleet/tensor_pairs.h"

namespace verge::cli {
namespace {

std::string_view TextOf(const sys::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

struct Options {
  std::string base;
  std::string target;
  std::string delta;
  std::string method = "smallest";
};

Status RunMake(const Options& options) {
  VERGE_TRY_ASSIGN(const sys::MappedFile base, sys::MappedFile::Open(options.base));
  VERGE_TRY_ASSIGN(const sys::MappedFile target, sys::MappedFile::Open(options.target));
  delta::MakeOptions make;
  make.tensors = PairTensors(base.bytes(), target.bytes());
  for (int i = 0; i < delta::kMethods; ++i) {
    const auto method = static_cast<delta::Method>(i);
    if (options.method == delta::MethodName(method)) make.method = method;
  }
  VERGE_TRY_ASSIGN(const std::string made, delta::Make(TextOf(base), TextOf(target), make));
  VERGE_TRY_ASSIGN(const delta::Info info, delta::ReadInfo(made));
  VERGE_TRY(sys::WriteFileAtomic(options.delta, made));
  const double share = target.bytes().empty() ? 0 : 100.0 * double(made.size()) / double(target.bytes().size());
  std::printf("%zu bytes, %.2f %% of %zu, method %s\n", made.size(), share, target.bytes().size(),
              delta::MethodName(info.method));
  return Status::Ok();
}

Status RunApply(const Options& options) {
  VERGE_TRY_ASSIGN(const sys::MappedFile base, sys::MappedFile::Open(options.base));
  VERGE_TRY_ASSIGN(const sys::MappedFile made, sys::MappedFile::Open(options.delta));
  VERGE_TRY_ASSIGN(const delta::Info info, delta::ReadInfo(TextOf(made)));
  const std::string part = options.target + ".part";
  VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(part, true));
  const std::string_view used = info.method == delta::Method::kFull ? std::string_view() : TextOf(base);
  Status applied = delta::Apply(used, TextOf(made), [&](std::string_view bytes) { return file.Write(bytes); });
  if (applied.ok()) applied = file.Sync();
  if (!applied.ok()) {
    VERGE_TRY(sys::RemoveFile(part));
    return std::move(applied).WithContext(options.delta);
  }
  return sys::RenameDurable(part, options.target);
}

Status RunInfo(const Options& options) {
  VERGE_TRY_ASSIGN(const sys::MappedFile made, sys::MappedFile::Open(options.delta));
  VERGE_TRY_ASSIGN(const delta::Info info, delta::ReadInfo(TextOf(made)));
  std::printf("method  %s\nbase    %s, %" PRIu64 " bytes\ntarget  %s, %" PRIu64 " bytes\ndelta   %zu bytes\n",
              delta::MethodName(info.method), info.base_digest.c_str(), info.base_bytes, info.target_digest.c_str(),
              info.target_bytes, made.bytes().size());
  return Status::Ok();
}

}  // namespace

void RegisterDelta(CLI::App& app) {
  CLI::App* group = app.add_subcommand("delta", "A file as the difference to an older one");
  group->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* make = group->add_subcommand("make", "Write the smallest delta from BASE to TARGET");
  make->add_option("base", options->base, "The file that devices have")->required();
  make->add_option("target", options->target, "The file that they shall have")->required();
  make->add_option("-o,--out", options->delta, "The delta to write")->required();
  make->add_option("--method", options->method, "smallest (default), full, prefix, bytes or tensors")
      ->check(CLI::IsMember({"smallest", "full", "prefix", "bytes", "tensors"}));
  OnRun(*make, [options] { return RunMake(*options); });
  CLI::App* apply = group->add_subcommand("apply", "Make TARGET from BASE and a delta");
  apply->add_option("base", options->base, "The file that the delta was made from")->required();
  apply->add_option("delta", options->delta, "A file of verge delta make")->required();
  apply->add_option("-o,--out", options->target, "The file to write")->required();
  OnRun(*apply, [options] { return RunApply(*options); });
  CLI::App* info = group->add_subcommand("info", "Show what a delta is between");
  info->add_option("delta", options->delta, "A file of verge delta make")->required();
  OnRun(*info, [options] { return RunInfo(*options); });
}

}  // namespace verge::cli
