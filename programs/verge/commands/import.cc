// verge import: a trained model of any known type -> .vg.
#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/checked.h"
#include "compile/compile.h"
#include "format/model/model.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "verge/command.h"

namespace verge::cli {
namespace {

struct ImportFlags {
  std::string input;
  std::string output;
  std::vector<std::string> shapes;
  std::vector<std::string> values;
  std::vector<std::string> dynamic;
  bool no_optimize = false;
  std::vector<std::string> skip_passes;
  bool as_json = false;
};

nlohmann::json Describe(const ImportFlags& flags, size_t input_bytes, const compile::Compiled& compiled,
                        const format::ModelTables& tables) {
  nlohmann::json passes = nlohmann::json::object();
  for (const opt::PassOutcome& pass : compiled.passes) passes[pass.name] = pass.changes;
  return {{"input", flags.input},
          {"input_bytes", input_bytes},
          {"output", flags.output},
          {"output_bytes", compiled.bytes.bytes().size()},
          {"nodes", tables.nodes.size()},
          {"weights_bytes", tables.weights_bytes},
          {"passes", passes}};
}

void PrintText(const ImportFlags& flags, size_t input_bytes, const compile::Compiled& compiled,
               const format::ModelTables& tables) {
  std::printf("%s (%zu bytes) -> %s (%zu bytes): %zu nodes, %llu bytes of weights\n", flags.input.c_str(), input_bytes,
              flags.output.c_str(), compiled.bytes.bytes().size(), tables.nodes.size(),
              static_cast<unsigned long long>(tables.weights_bytes));
  for (const opt::PassOutcome& pass : compiled.passes) {
    if (pass.changes > 0) std::printf("  %-16s %zu changes\n", pass.name, pass.changes);
  }
}

// "NAME=REST" -> the two; the last '=' counts, names may hold others.
Status SplitFlag(const std::string& flag, const char* what, std::string& name, std::string& rest) {
  const size_t equals = flag.rfind('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == flag.size()) {
    return VERGE_ERROR(kInvalidArgument, std::string(what) + "; got \"" + flag + "\"");
  }
  name = flag.substr(0, equals);
  rest = flag.substr(equals + 1);
  return Status::Ok();
}

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

// "1..64", "64..1024/32"
Result<compile::SizeRange> ParseRange(const std::string& flag, const std::string& text) {
  compile::SizeRange range;
  const char* const end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, range.min);
  const bool has_dots = read.ec == std::errc() && end - read.ptr > 2 && read.ptr[0] == '.' && read.ptr[1] == '.';
  if (has_dots) read = std::from_chars(read.ptr + 2, end, range.max);
  if (has_dots && read.ec == std::errc() && read.ptr != end && *read.ptr == '/') {
    read = std::from_chars(read.ptr + 1, end, range.step);
  }
  if (has_dots && read.ec == std::errc() && read.ptr == end) return range;
  return VERGE_ERROR(kInvalidArgument,
                     "--dynamic wants NAME=1..64 or, in steps, NAME=64..1024/32; got \"" + flag + "\"");
}

Result<compile::ImportOptions> ReadOptions(const ImportFlags& flags) {
  compile::ImportOptions options;
  std::string name;
  std::string rest;
  for (const std::string& flag : flags.shapes) {
    VERGE_TRY(SplitFlag(flag, "--shape wants NAME=1x3x224x224", name, rest));
    VERGE_TRY_ASSIGN(options.shapes[name], ParseShape(flag, rest));
  }
  for (const std::string& flag : flags.values) {
    VERGE_TRY(SplitFlag(flag, "--value wants NAME=NUMBER", name, rest));
    double& value = options.values[name];
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc() || end != rest.data() + rest.size()) {
      return VERGE_ERROR(kInvalidArgument, "--value wants NAME=NUMBER; got \"" + flag + "\"");
    }
  }
  for (const std::string& flag : flags.dynamic) {
    VERGE_TRY(SplitFlag(flag, "--dynamic wants NAME=1..64", name, rest));
    VERGE_TRY_ASSIGN(options.dynamic[name], ParseRange(flag, rest));
  }
  const std::string folder = sys::ParentPath(flags.input);
  options.read_beside = [folder](const std::string& file_name, uint64_t offset,
                                 uint64_t length) -> Result<std::string> {
    const std::string path = sys::JoinPath(folder, file_name);
    VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
    if (!RangeFits(offset, length, file.bytes().size()))
      return VERGE_ERROR(kDataLoss, path + " is shorter than the model says");
    const auto part = file.bytes().subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
    return std::string(reinterpret_cast<const char*>(part.data()), part.size());
  };
  return options;
}

Status Import(const ImportFlags& flags) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(flags.input));
  VERGE_TRY_ASSIGN(const compile::ImportOptions import_options, ReadOptions(flags));
  const compile::CompileOptions options{.optimize = !flags.no_optimize, .skip_passes = flags.skip_passes};
  const Result<compile::Compiled> compiled =
      compile::ImportAndCompile(file.bytes(), flags.input, import_options, options);
  if (!compiled.ok()) return compiled.status();
  const std::span<const std::byte> bytes = compiled->bytes.bytes();
  VERGE_TRY(sys::WriteFileAtomic(flags.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));

  VERGE_TRY_ASSIGN(const format::VerifiedModel verified, format::VerifiedModel::Verify(bytes, nullptr));
  if (flags.as_json) {
    std::printf("%s\n", Describe(flags, file.bytes().size(), *compiled, verified.tables()).dump(2).c_str());
  } else {
    PrintText(flags, file.bytes().size(), *compiled, verified.tables());
  }
  return Status::Ok();
}

}  // namespace

void RegisterImport(CLI::App& app) {
  CLI::App* command = app.add_subcommand("import", "Turn a trained model (.tflite, .onnx) into a .vg model file");
  auto flags = std::make_shared<ImportFlags>();
  command->add_option("IN", flags->input, "The model to import")->required();
  command->add_option("-o,--output", flags->output, "The .vg file to write")->required();
  command->add_option("--shape", flags->shapes, "The shape of an input, NAME=1x3x224x224; may be repeated");
  command->add_option(
      "--dynamic", flags->dynamic,
      "A dimension that stays open, NAME=1..64 or in steps NAME=64..1024/32; NAME is the file's name "
      "for it or INPUT:DIMENSION; may be repeated");
  command->add_option("--value", flags->values,
                      "ONNX: an input that is known now and becomes a constant, NAME=NUMBER; may be repeated");
  command->add_flag("--no-optimize", flags->no_optimize, "Write the graph as it was imported");
  command->add_option("--skip-pass", flags->skip_passes, "Leave out a pass; may be repeated");
  command->add_flag("--json", flags->as_json, "Report as JSON");
  OnRun(*command, [flags] { return Import(*flags); });
}

}  // namespace verge::cli
