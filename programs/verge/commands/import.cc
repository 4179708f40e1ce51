// verge import: a trained model of any known type -> .vg.
#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "backend/model_file.h"
#include "compile/compile.h"
#include "format/model/model.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "verge/command.h"
#include "verge/engine_flags.h"

namespace verge::cli {
namespace {

struct ImportFlags {
  std::string input;
  std::string output;
  std::vector<std::string> shapes;
  std::vector<std::string> values;
  std::vector<std::string> dynamic;
  bool no_optimize = false;
  bool integers = false;
  bool four_bits = false;
  std::vector<std::string> skip_passes;
  std::string storage = "none";
  bool as_json = false;
};

nlohmann::json Describe(const ImportFlags& flags, size_t input_bytes, const compile::Compiled& compiled,
                        const format::ModelTables& tables) {
  nlohmann::json passes = nlohmann::json::object();
  for (const opt::PassOutcome& pass : compiled.passes) {  // several rounds are one number
    passes[pass.name] = passes.value(pass.name, size_t{0}) + pass.changes;
  }
  return {{"input", flags.input},
          {"input_bytes", input_bytes},
          {"output", flags.output},
          {"output_bytes", compiled.bytes.bytes().size()},
          {"nodes", tables.nodes.size()},
          {"weights_bytes", tables.weights_bytes},
          {"decoded_bytes", tables.decoded_bytes},
          {"passes", passes}};
}

void PrintText(const ImportFlags& flags, size_t input_bytes, const compile::Compiled& compiled,
               const format::ModelTables& tables) {
  std::printf("%s (%zu bytes) -> %s (%zu bytes): %zu nodes, %llu bytes of weights\n", flags.input.c_str(), input_bytes,
              flags.output.c_str(), compiled.bytes.bytes().size(), tables.nodes.size(),
              static_cast<unsigned long long>(tables.weights_bytes));
  for (const opt::PassOutcome& pass : compiled.passes) {
    if (pass.changes > 0) std::printf("  %-20s %zu changes\n", pass.name, pass.changes);
  }
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
  VERGE_TRY(ReadShapeFlags(flags.shapes, flags.values, options.shapes, options.values));
  std::string name;
  std::string rest;
  for (const std::string& flag : flags.dynamic) {
    VERGE_TRY(SplitFlag(flag, "--dynamic wants NAME=1..64", name, rest));
    VERGE_TRY_ASSIGN(options.dynamic[name], ParseRange(flag, rest));
  }
  options.read_beside = backend::ReaderBeside(flags.input);
  return options;
}

Status Import(const ImportFlags& flags) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(flags.input));
  VERGE_TRY_ASSIGN(const compile::ImportOptions import_options, ReadOptions(flags));
  VERGE_TRY_ASSIGN(const format::StorageOptions storage, format::ParseStorage(flags.storage));
  const compile::CompileOptions options{.optimize = !flags.no_optimize,
                                        .integers = flags.integers,
                                        .four_bits = flags.four_bits,
                                        .skip_passes = flags.skip_passes,
                                        .storage = storage};
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
  AddShapeFlags(*command, flags->shapes, flags->values);
  command->add_option("--dynamic", flags->dynamic,
                      "A dimension that stays open, NAME=1..64 or in steps NAME=64..1024/32; NAME is the file's name "
                      "for it or INPUT:DIMENSION; may be repeated");
  command->add_flag("--no-optimize", flags->no_optimize, "Write the graph as it was imported");
  command->add_flag("--integers", flags->integers,
                    "Run in integers what an ONNX file writes between DequantizeLinear and QuantizeLinear: faster, and "
                    "different by a step here and there");
  command->add_flag(
      "--four-bits", flags->four_bits,
      "Store the weights of large fully connected layers in 4 bits, in blocks of 32: an eighth of the size, faster "
      "where memory is the limit, and less exact");
  command->add_option("--skip-pass", flags->skip_passes, "Leave out a pass; may be repeated");
  command
      ->add_option("--storage", flags->storage,
                   "Lossless forms in which the file may hold weights: all, none, or a list of half, bfloat, nibble, "
                   "code_book, sparse, entropy")
      ->capture_default_str();
  command->add_flag("--json", flags->as_json, "Report as JSON");
  OnRun(*command, [flags] { return Import(*flags); });
}

}  // namespace verge::cli
