// verge run: one run of a model on inputs from files, outputs as .npy.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

#include "backend/open.h"
#include "backend/verge_session.h"
#include "media/image.h"
#include "media/npy.h"
#include "sys/file/file.h"
#include "verge/command.h"
#include "verge/engine_flags.h"

namespace verge::cli {
namespace {

constexpr uint64_t kMaxInputBytes = uint64_t{2} << 30;

struct RunFlags {
  std::string model;
  std::vector<std::string> inputs;
  std::string output_dir;
  std::vector<float> mean;
  std::vector<float> scale;
  std::string normalize;
  EngineFlags engine;
};

// One value for all channels, or three.
Status Spread(const std::vector<float>& given, const char* flag, std::array<float, 3>& out) {
  if (given.empty()) return Status::Ok();
  if (given.size() != 1 && given.size() != 3) {
    return VERGE_ERROR(kInvalidArgument, std::string(flag) + " takes one number, or three (red, green, blue)");
  }
  for (size_t i = 0; i < 3; ++i) out[i] = given.size() == 3 ? given[i] : given[0];
  return Status::Ok();
}

bool ParseFloat(std::string_view text, float& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(out);
}

Result<media::Normalization> ReadNormalization(const RunFlags& flags) {
  media::Normalization out;
  if (flags.normalize.empty()) {
    VERGE_TRY(Spread(flags.mean, "--mean", out.mean));
    VERGE_TRY(Spread(flags.scale, "--scale", out.scale));
    return out;
  }
  if (!flags.mean.empty() || !flags.scale.empty()) {
    return VERGE_ERROR(kInvalidArgument, "--normalize replaces --mean and --scale: give one or the other");
  }
  const std::string_view text = flags.normalize;
  const size_t dots = text.find("..");
  float lo = 0, hi = 0;
  const bool is_range = dots != std::string_view::npos && ParseFloat(text.substr(0, dots), lo) &&
                        ParseFloat(text.substr(dots + 2), hi) && lo < hi;
  if (!is_range) {
    return VERGE_ERROR(kInvalidArgument,
                       "--normalize wants LO..HI with LO < HI, as -1..1; got \"" + flags.normalize + "\"");
  }
  return media::Normalization::Range(lo, hi);
}

std::span<const std::byte> AsBytes(const std::string& text) { return std::as_bytes(std::span(text)); }

Status CopyArray(const media::Array& array, const Tensor& tensor) {
  if (array.dtype() != tensor.dtype() || array.shape() != tensor.shape()) {
    return VERGE_ERROR(kInvalidArgument, "the file holds " + ToString(array.shape()) + " " + DTypeName(array.dtype()) +
                                             ", the input wants " + ToString(tensor.shape()) + " " +
                                             DTypeName(tensor.dtype()));
  }
  if (!array.bytes().empty()) std::memcpy(tensor.data, array.bytes().data(), array.bytes().size());
  return Status::Ok();
}

Status LoadInput(const std::string& path, const media::Normalization& normalization, const Tensor& tensor) {
  VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(path, kMaxInputBytes));
  if (bytes.starts_with("\x93NUMPY")) {
    VERGE_TRY_ASSIGN(const media::Array array, media::ReadNpy(AsBytes(bytes)));
    return CopyArray(array, tensor);
  }
  VERGE_TRY_ASSIGN(const media::Image image, media::DecodeImage(AsBytes(bytes)));
  return media::ImageToTensor(image.view(), normalization, tensor);
}

struct InputFile {
  size_t index;
  std::string path;
};

// "name=path"; the name may be left out where the model has one input.
Result<InputFile> ParseInput(const std::string& argument, const backend::EngineSession& session) {
  const size_t equals = argument.find('=');
  if (equals != std::string::npos) {
    VERGE_TRY_ASSIGN(const size_t index, backend::FindInput(session, argument.substr(0, equals)));
    return InputFile{index, argument.substr(equals + 1)};
  }
  const size_t count = session.inputs().size();
  if (count == 1) return InputFile{0, argument};
  return VERGE_ERROR(kInvalidArgument, "--input " + argument + ": the model has " + std::to_string(count) +
                                           " inputs; write NAME=" + argument);
}

// The shapes of the arrays that are given, where they differ from the model's.
Result<std::map<std::string, Shape>> OtherShapes(const RunFlags& flags, const backend::EngineSession& session) {
  std::map<std::string, Shape> shapes;
  for (const std::string& argument : flags.inputs) {
    VERGE_TRY_ASSIGN(const InputFile input, ParseInput(argument, session));
    VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(input.path, kMaxInputBytes));
    if (!bytes.starts_with("\x93NUMPY")) continue;
    VERGE_TRY_ASSIGN(const media::Array array, media::ReadNpy(AsBytes(bytes)));
    const backend::Port& port = session.inputs()[input.index];
    if (array.shape() != port.tensor.shape()) shapes[port.name] = array.shape();
  }
  return shapes;
}

// Opens the model; one with open sizes takes the shapes of the arrays that it is given.
Result<std::unique_ptr<backend::EngineSession>> OpenFor(const RunFlags& flags) {
  VERGE_TRY_ASSIGN(backend::OpenOptions options, ReadEngineFlags(flags.engine));
  VERGE_TRY_ASSIGN(auto session, backend::Open(flags.model, options));
  const auto* const ours = dynamic_cast<const backend::VergeSession*>(session.get());
  if (ours == nullptr || ours->opened().model->tables().dynamics.symbols.empty()) return session;
  VERGE_TRY_ASSIGN(const auto shapes, OtherShapes(flags, *session));
  if (shapes.empty()) return session;
  for (const auto& [name, shape] : shapes) options.compile.shapes[name] = shape;
  return backend::Open(flags.model, options);
}

Status FillInputs(const RunFlags& flags, const media::Normalization& normalization,
                  const backend::EngineSession& session) {
  const std::span<const backend::Port> ports = session.inputs();
  std::set<size_t> filled;
  for (const std::string& argument : flags.inputs) {
    VERGE_TRY_ASSIGN(const InputFile input, ParseInput(argument, session));
    const auto& [index, path] = input;
    if (!filled.insert(index).second) {
      return VERGE_ERROR(kInvalidArgument, "input " + ports[index].name + " is given twice");
    }
    Status status = LoadInput(path, normalization, ports[index].tensor);
    if (!status.ok()) {
      return std::move(status).WithContext("input " + ports[index].name + " from " + path);
    }
  }
  for (size_t i = 0; i < ports.size(); ++i) {
    if (filled.contains(i)) continue;
    const backend::Port& port = ports[i];
    return VERGE_ERROR(kInvalidArgument, "input " + port.name + " " + ToString(port.tensor.shape()) + " " +
                                             DTypeName(port.tensor.dtype()) + " is missing: give --input " + port.name +
                                             "=FILE.npy");
  }
  return Status::Ok();
}

// A file name made of the tensor's name; names that become equal get a number.
std::string FileName(std::string name, std::set<std::string>& taken) {
  for (char& c : name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_plain = is_letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!is_plain) c = '_';
  }
  if (name[0] == '.') name[0] = '_';
  constexpr size_t kMaxLength = 200;
  name.resize(std::min(name.size(), kMaxLength));
  std::string unique = name;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = name + "_" + std::to_string(i);
  return unique + ".npy";
}

Status SaveOutputs(const std::string& dir, const backend::EngineSession& session) {
  VERGE_TRY(sys::MakeDirs(dir));
  std::set<std::string> taken;
  for (const auto& [name, tensor] : session.outputs()) {
    const std::string path = sys::JoinPath(dir, FileName(name, taken));
    VERGE_TRY_ASSIGN(const std::vector<std::byte> bytes, media::WriteNpy(tensor));
    VERGE_TRY(sys::WriteFileAtomic(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    std::printf("%s %s %s -> %s\n", name.c_str(), ToString(tensor.shape()).c_str(), DTypeName(tensor.dtype()),
                path.c_str());
  }
  return Status::Ok();
}

Status RunModel(const RunFlags& flags) {
  VERGE_TRY_ASSIGN(const media::Normalization normalization, ReadNormalization(flags));
  VERGE_TRY_ASSIGN(const auto session, OpenFor(flags));
  VERGE_TRY(FillInputs(flags, normalization, *session));
  VERGE_TRY(session->Run());
  return SaveOutputs(flags.output_dir, *session);
}

}  // namespace

void RegisterRun(CLI::App& app) {
  CLI::App* command = app.add_subcommand("run", "Run a model once on .npy files or pictures");
  auto flags = std::make_shared<RunFlags>();
  command->add_option("MODEL", flags->model, ".vg, .tflite or .onnx")->required();
  command
      ->add_option("--input", flags->inputs,
                   "NAME=FILE: .npy of the input's shape and type, or a .jpg, .png or .bmp, which is resized")
      ->required();
  command->add_option("--output-dir", flags->output_dir, "Folder for the outputs, one .npy each")->required();
  command->add_option("--mean", flags->mean, "Pictures: (x - mean) * scale, one number or three")->delimiter(',');
  command->add_option("--scale", flags->scale, "Pictures: see --mean")->delimiter(',');
  command->add_option("--normalize", flags->normalize, "Pictures: LO..HI maps 0..255 to it, as -1..1");
  AddEngineFlags(*command, flags->engine);
  OnRun(*command, [flags] { return RunModel(*flags); });
}

}  // namespace verge::cli
