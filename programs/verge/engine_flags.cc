#include "verge/engine_flags.h"

#include <charconv>
#include <cstdio>

#include "tune/cache.h"

namespace verge::cli {
namespace {

Result<Shape> ParseShape(const std::string& flag, std::string text) {
  std::vector<int64_t> dims;
  for (text += 'x'; !text.empty();) {
    const size_t x = text.find('x');
    int64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + x, size);
    if (error != std::errc() || end != text.data() + x || size < 1) {
      return VERGE_ERROR(kInvalidArgument, "--shape wants NAME=1x3x224x224; got \"" + flag + "\"");
    }
    dims.push_back(size);
    text.erase(0, x + 1);
  }
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) return VERGE_ERROR(kInvalidArgument, "--shape takes up to 8 dimensions; got \"" + flag + "\"");
  return *shape;
}

}  // namespace

Status SplitFlag(const std::string& flag, const char* what, std::string& name, std::string& rest) {
  const size_t equals = flag.rfind('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == flag.size()) {
    return VERGE_ERROR(kInvalidArgument, std::string(what) + "; got \"" + flag + "\"");
  }
  name = flag.substr(0, equals);
  rest = flag.substr(equals + 1);
  return Status::Ok();
}

void AddShapeFlags(CLI::App& command, std::vector<std::string>& shapes, std::vector<std::string>& values) {
  command.add_option("--shape", shapes, "The shape of an input, NAME=1x3x224x224; may be repeated");
  command.add_option("--value", values,
                     "ONNX: an input that is known now and becomes a constant, NAME=NUMBER; may be repeated");
}

void AddEngineFlags(CLI::App& command, EngineFlags& flags) {
  command.add_option("--backend", flags.backend,
                     "verge, or onnxruntime[:cpu|cuda|tensorrt|openvino|coreml|qnn] (docs/guide/backends.md)");
  command.add_option("--backend-nodes", flags.nodes,
                     "A regular expression: the backend runs the nodes whose names match, Verge's engine the others");
  command.add_option("--ort-library", flags.library,
                     "The library of ONNX Runtime (otherwise VERGE_ONNXRUNTIME, then the loader's search path)");
  command.add_option("--ort-option", flags.provider_options,
                     "KEY=VALUE for the provider of ONNX Runtime, as device_id=0; may be repeated");
  AddShapeFlags(command, flags.shapes, flags.values);
  command.add_option("--threads", flags.threads, "Threads to run with")->check(CLI::Range(1, 256));
  command.add_flag("--reference", flags.use_reference, "Use the plain reference kernels");
  command.add_flag("--integers", flags.integers,
                   "Run in integers what an ONNX file writes between DequantizeLinear and QuantizeLinear: faster, and "
                   "different by a step here and there");
  command.add_flag(
      "--four-bits", flags.four_bits,
      "Store the weights of large fully connected layers in 4 bits, in blocks of 32: an eighth of the size, faster "
      "where memory is the limit, and less exact");
  command.add_flag("--no-tuned", flags.ignore_tuned, "Choose kernels as if `verge tune` had never run");
}

Status ReadShapeFlags(const std::vector<std::string>& shapes, const std::vector<std::string>& values,
                      std::map<std::string, Shape>& shapes_out, std::map<std::string, double>& values_out) {
  std::string name;
  std::string rest;
  for (const std::string& flag : shapes) {
    VERGE_TRY(SplitFlag(flag, "--shape wants NAME=1x3x224x224", name, rest));
    VERGE_TRY_ASSIGN(shapes_out[name], ParseShape(flag, rest));
  }
  for (const std::string& flag : values) {
    VERGE_TRY(SplitFlag(flag, "--value wants NAME=NUMBER", name, rest));
    double& value = values_out[name];
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc() || end != rest.data() + rest.size()) {
      return VERGE_ERROR(kInvalidArgument, "--value wants NAME=NUMBER; got \"" + flag + "\"");
    }
  }
  return Status::Ok();
}

Result<backend::Choice> ReadChoice(const std::string& backend, const std::string& library,
                                   const std::vector<std::string>& provider_options) {
  VERGE_TRY_ASSIGN(backend::Choice choice, backend::ParseChoice(backend));
  choice.library = library;
  for (const std::string& option : provider_options) {
    VERGE_TRY_ASSIGN(auto pair, backend::ParseProviderOption(option));
    choice.provider_options.push_back(std::move(pair));
  }
  if (choice.kind == backend::Kind::kOnnxRuntime || (library.empty() && provider_options.empty())) return choice;
  return VERGE_ERROR(kInvalidArgument, "--ort-library and --ort-option want --backend onnxruntime");
}

std::shared_ptr<const runtime::KernelChooser> TunedKernels() {
  Result<std::shared_ptr<const tune::Choices>> tuned = tune::LoadChoices(tune::DefaultPath(), tune::CpuText());
  if (tuned.ok()) return *tuned;
  std::fprintf(stderr, "warning: ignored tuned kernels: %s\n", std::string(tuned.status().message()).c_str());
  return nullptr;
}

Result<backend::OpenOptions> ReadEngineFlags(const EngineFlags& flags) {
  backend::OpenOptions options;
  VERGE_TRY_ASSIGN(options.choice, ReadChoice(flags.backend, flags.library, flags.provider_options));
  options.nodes = flags.nodes;
  options.threads = flags.threads;
  options.force_reference = flags.use_reference;
  options.compile.integers = flags.integers;
  options.compile.four_bits = flags.four_bits;
  if (!flags.ignore_tuned && options.choice.kind == backend::Kind::kVerge) options.chooser = TunedKernels();
  VERGE_TRY(ReadShapeFlags(flags.shapes, flags.values, options.compile.shapes, options.compile.values));
  return options;
}

}  // namespace verge::cli
